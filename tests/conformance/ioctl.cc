// ioctl() and fcntl().
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void bytes_to_read(Script& s) {
  const Pair p = s.connected();
  s.ioctl(p.a, FIONREAD);
  s.send(p.c, "seventeen letters");
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 7);
  s.ioctl(p.a, FIONREAD);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 100);
  s.ioctl(p.a, FIONREAD);
}

void bytes_to_read_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 10);
  s.ioctl(p.a, FIONREAD);
}

void bytes_of_several_segments(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "12345");
  s.settle();
  s.send(p.c, "67890");
  s.settle();
  s.ioctl(p.a, FIONREAD);
}

void bytes_not_acknowledged(Script& s) {
  const Pair p = s.connected();
  s.ioctl(p.c, SIOCOUTQ);
  s.send(p.c, "acknowledged soon");
  s.acknowledged();
  s.ioctl(p.c, SIOCOUTQ);
  s.lose(p.a);
  s.send(p.c, "never");
  s.settle();
  s.ioctl(p.c, SIOCOUTQ);
}

void bytes_held_back(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.send(p.c, "held");
  s.ioctl(p.c, SIOCOUTQ);
  s.shutdown(p.c, SHUT_WR);
  s.acknowledged();
  s.ioctl(p.c, SIOCOUTQ);
}

void not_connected(Script& s) {
  const int c = s.client();
  s.ioctl(c, FIONREAD);
  s.ioctl(c, SIOCOUTQ);
  s.ioctl(c, SIOCATMARK);
  const int l = s.listening();
  s.ioctl(l, FIONREAD);
  s.ioctl(l, SIOCOUTQ);
  s.ioctl(l, SIOCATMARK);
}

void after_a_reset(Script& s) {
  const Pair p = s.connected();
  s.send(p.a, "x");
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.ioctl(p.a, SIOCOUTQ);
}

void nonblocking_by_ioctl(Script& s) {
  const int c = s.client("c", kBlocking);
  s.ioctl(c, FIONBIO, 1);
  s.fcntl(c, F_GETFL);
  s.ioctl(c, FIONBIO, 0);
  s.fcntl(c, F_GETFL);
  s.ioctl(c, FIONBIO, 7);
  s.fcntl(c, F_GETFL);
}

void nonblocking_by_fcntl(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.fcntl(p.a, F_SETFL, O_NONBLOCK);
  s.read(p.a, 10);
  s.fcntl(p.a, F_GETFL);
}

void unknown_requests(Script& s) {
  const int c = s.client();
  s.ioctl(c, 0x12345678);
  s.ioctl(c, 0);
  s.fcntl(c, 9999);
}

void closed_descriptor(Script& s) {
  const int c = s.client();
  s.close(c);
  s.ioctl(c, FIONREAD);
  s.fcntl(c, F_GETFL);
  s.fcntl(c, F_SETFL, O_NONBLOCK);
  s.fcntl(c, F_GETFD);
}

void epoll_descriptor(Script& s) {
  const int e = s.epoll(Side::Client, "e");
  s.fcntl(e, F_GETFL);
  s.fcntl(e, F_GETFD);
  s.fcntl(e, F_SETFD, FD_CLOEXEC);
  s.fcntl(e, F_GETFD);
}

void null_value(Script& s) {
  const Pair p = s.connected();
  s.call("ioctl(c, FIONREAD, null)", [&](const Calls& calls) { return calls.ioctl(p.c, FIONREAD, nullptr); });
}

}  // namespace

std::vector<Case> ioctl_cases() {
  return {
      {"bytes_to_read", bytes_to_read, Versions::Both},
      {"bytes_to_read_at_the_end", bytes_to_read_at_the_end},
      {"bytes_of_several_segments", bytes_of_several_segments},
      {"bytes_not_acknowledged", bytes_not_acknowledged},
      {"bytes_held_back", bytes_held_back},
      {"not_connected", not_connected},
      {"after_a_reset", after_a_reset},
      {"nonblocking_by_ioctl", nonblocking_by_ioctl},
      {"nonblocking_by_fcntl", nonblocking_by_fcntl},
      {"unknown_requests", unknown_requests},
      {"closed_descriptor", closed_descriptor},
      {"epoll_descriptor", epoll_descriptor},
      {"null_value", null_value},
  };
}

}  // namespace millrace::conformance
