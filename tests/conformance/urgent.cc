// Urgent data: MSG_OOB, SO_OOBINLINE, SIOCATMARK, POLLPRI.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

constexpr int kOob = MSG_OOB | MSG_NOSIGNAL;

void one_byte(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "!", kOob);
  s.settle();
  s.ready(p.a);
  s.recv(p.a, 10, MSG_OOB);
  s.ready(p.a);
  s.recv(p.a, 10, MSG_OOB);
  s.read(p.a, 10);
}

void last_byte_of_several(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abc!", kOob);
  s.settle();
  s.recv(p.a, 10, MSG_OOB);
  s.read(p.a, 10);
  s.read(p.a, 10);
}

void between_other_bytes(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "before");
  s.send(p.c, "!", kOob);
  s.send(p.c, "after");
  s.settle();
  s.ready(p.a);
  s.ioctl(p.a, SIOCATMARK);
  s.read(p.a, 100);
  s.ioctl(p.a, SIOCATMARK);
  s.recv(p.a, 10, MSG_OOB);
  s.read(p.a, 100);
  s.ioctl(p.a, SIOCATMARK);
}

void skipped_when_not_asked_for(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "before");
  s.send(p.c, "!", kOob);
  s.send(p.c, "after");
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
  s.recv(p.a, 10, MSG_OOB);
}

void in_line(Script& s) {
  const Pair p = s.connected();
  s.set(p.a, SOL_SOCKET, SO_OOBINLINE, 1);
  s.send(p.c, "before");
  s.send(p.c, "!", kOob);
  s.send(p.c, "after");
  s.settle();
  s.ready(p.a);
  s.recv(p.a, 10, MSG_OOB);
  s.read(p.a, 100);
  s.ioctl(p.a, SIOCATMARK);
  s.read(p.a, 100);
  s.ioctl(p.a, SIOCATMARK);
  s.ready(p.a);
}

void in_line_alone(Script& s) {
  const Pair p = s.connected();
  s.set(p.a, SOL_SOCKET, SO_OOBINLINE, 1);
  s.send(p.c, "!", kOob);
  s.settle();
  s.ready(p.a);
  s.ioctl(p.a, SIOCATMARK);
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 10);
  s.ready(p.a);
}

void none(Script& s) {
  const Pair p = s.connected();
  s.recv(p.a, 10, MSG_OOB);
  s.ioctl(p.a, SIOCATMARK);
  s.send(p.c, "plain");
  s.settle();
  s.recv(p.a, 10, MSG_OOB);
}

void peeked(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "!", kOob);
  s.settle();
  s.recv(p.a, 10, MSG_OOB | MSG_PEEK);
  s.recv(p.a, 10, MSG_OOB | MSG_PEEK);
  s.recv(p.a, 10, MSG_OOB);
  s.recv(p.a, 10, MSG_OOB);
}

void without_room(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "!", kOob);
  s.settle();
  s.recv(p.a, 0, MSG_OOB);
  s.recv(p.a, 1, MSG_OOB);
}

void counted_by_fionread(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abc!", kOob);
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.send(p.c, "def");
  s.settle();
  s.ioctl(p.a, FIONREAD);
  s.recv(p.a, 1, MSG_OOB);
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 100);
  s.ioctl(p.a, FIONREAD);
}

void one_after_another(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "1", kOob);
  s.settle();
  s.send(p.c, "2", kOob);
  s.settle();
  s.recv(p.a, 1, MSG_OOB);
  s.read(p.a, 10);
  s.read(p.a, 10);
}

void before_the_end(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "!", kOob);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.ready(p.a);
  s.recv(p.a, 1, MSG_OOB);
  s.recv(p.a, 1, MSG_OOB);
  s.read(p.a, 10);
}

void after_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.recv(p.a, 1, MSG_OOB);
}

void not_connected(Script& s) {
  const int c = s.client();
  s.recv(c, 1, MSG_OOB);
  s.send(c, "!", kOob);
  s.ioctl(c, SIOCATMARK);
  const int l = s.listening();
  s.recv(l, 1, MSG_OOB);
}

void read_stops_at_the_mark(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "aaaa");
  s.send(p.c, "!", kOob);
  s.send(p.c, "bbbb");
  s.settle();
  s.read(p.a, 2);
  s.read(p.a, 10);
  s.read(p.a, 2);
  s.read(p.a, 10);
}

void peek_stops_at_the_mark(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "aaaa");
  s.send(p.c, "!", kOob);
  s.send(p.c, "bbbb");
  s.settle();
  s.recv(p.a, 100, MSG_PEEK);
  s.read(p.a, 100);
  s.recv(p.a, 100, MSG_PEEK);
}

}  // namespace

std::vector<Case> urgent_cases() {
  return {
      {"one_byte", one_byte, Versions::Both},
      {"last_byte_of_several", last_byte_of_several},
      {"between_other_bytes", between_other_bytes},
      {"skipped_when_not_asked_for", skipped_when_not_asked_for},
      {"in_line", in_line, Versions::Both},
      {"in_line_alone", in_line_alone},
      {"none", none},
      {"peeked", peeked},
      {"without_room", without_room},
      {"counted_by_fionread", counted_by_fionread},
      {"one_after_another", one_after_another},
      {"before_the_end", before_the_end},
      {"after_the_end", after_the_end},
      {"not_connected", not_connected},
      {"read_stops_at_the_mark", read_stops_at_the_mark},
      {"peek_stops_at_the_mark", peek_stops_at_the_mark},
  };
}

}  // namespace millrace::conformance
