// Resets: what the end that gets one is told, by which call, and how often.
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void abort(Script& s, int fd) {
  s.set_linger(fd, 1, 0);
  s.close(fd);
  s.settle();
}

void told_by_read(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.ready(p.a);
  s.read(p.a, 10);
  s.ready(p.a);
  s.read(p.a, 10);
  s.send(p.a, "x");
}

void told_by_write(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.send(p.a, "x");
  s.send(p.a, "x");
  s.read(p.a, 10);
  s.so_error(p.a);
}

void told_by_so_error(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.so_error(p.a);
  s.so_error(p.a);
  s.ready(p.a);
  s.read(p.a, 10);
  s.send(p.a, "x");
}

void told_by_peek(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.recv(p.a, 10, MSG_PEEK);
  s.recv(p.a, 10, MSG_PEEK);
  s.read(p.a, 10);
}

void told_by_an_empty_read(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.read(p.a, 0);
  s.read(p.a, 10);
}

void told_by_an_empty_write(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.send(p.a, "");
  s.so_error(p.a);
}

void told_to_the_client(Script& s) {
  const Pair p = s.connected();
  abort(s, p.a);
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
  s.so_error(p.c);
}

void names(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.getsockname(p.a);
  s.getpeername(p.a);
  s.so_error(p.a);
  s.getpeername(p.a);
}

void data_that_came_before(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "before");
  s.settle();
  abort(s, p.c);
  s.ready(p.a);
  s.ioctl(p.a, FIONREAD);
  s.read(p.a, 3);
  s.read(p.a, 100);
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void data_in_the_same_breath(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "together");
  abort(s, p.c);
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void after_the_peer_ended(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  abort(s, p.c);
  s.ready(p.a);
  s.read(p.a, 10);
  s.read(p.a, 10);
  s.send(p.a, "x");
}

void after_the_end_was_read(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.read(p.a, 10);
  abort(s, p.c);
  s.read(p.a, 10);
  s.send(p.a, "x");
  s.send(p.a, "x");
}

void after_our_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  abort(s, p.c);
  s.ready(p.a);
  s.read(p.a, 10);
  s.read(p.a, 10);
  s.send(p.a, "x");
}

void after_both_ends(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  abort(s, p.c);
  s.ready(p.a);
  s.read(p.a, 10);
}

void other_calls(Script& s) {
  const Pair p = s.connected();
  abort(s, p.c);
  s.set(p.a, IPPROTO_TCP, TCP_NODELAY, 1);
  s.get(p.a, IPPROTO_TCP, TCP_NODELAY);
  s.ioctl(p.a, FIONREAD);
  s.ioctl(p.a, SIOCOUTQ);
  s.bind(p.a);
  s.listen(p.a);
  s.close(p.a);
}

void unsent_data_is_dropped(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "never sent");
  abort(s, p.c);
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void in_epoll(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLRDHUP);
  s.epoll_wait(e);
  abort(s, p.c);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void in_poll_without_interest(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.a, 0}});
  abort(s, p.c);
  s.poll({{p.a, 0}});
  s.so_error(p.a);
  s.poll({{p.a, 0}});
}

void both_at_once(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.a, 1, 0);
  s.set_linger(p.c, 1, 0);
  s.close(p.a);
  s.close(p.c);
  s.settle();
}

void port_is_free_at_once(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  abort(s, p.a);
  s.close(p.l);
  s.close(p.c);
  const int again = s.server("again");
  s.bind(again, address);
  s.listen(again);
}

void by_disconnect_with_data_queued(Script& s) {
  const Pair p = s.connected();
  s.write(p.a, "left unread");
  s.settle();
  Address unspecified;
  unspecified.storage.ss_family = AF_UNSPEC;
  unspecified.length = sizeof(sockaddr);
  s.connect(p.c, unspecified);
  s.settle();
  s.read(p.c, 100);
  s.read(p.a, 100);
}

}  // namespace

std::vector<Case> reset_cases() {
  return {
      {"told_by_read", told_by_read, Versions::Both},
      {"told_by_write", told_by_write, Versions::Both},
      {"told_by_so_error", told_by_so_error, Versions::Both},
      {"told_by_peek", told_by_peek},
      {"told_by_an_empty_read", told_by_an_empty_read},
      {"told_by_an_empty_write", told_by_an_empty_write},
      {"told_to_the_client", told_to_the_client},
      {"names", names},
      {"data_that_came_before", data_that_came_before, Versions::Both},
      {"data_in_the_same_breath", data_in_the_same_breath},
      {"after_the_peer_ended", after_the_peer_ended},
      {"after_the_end_was_read", after_the_end_was_read},
      {"after_our_end", after_our_end},
      {"after_both_ends", after_both_ends},
      {"other_calls", other_calls},
      {"unsent_data_is_dropped", unsent_data_is_dropped},
      {"in_epoll", in_epoll},
      {"in_poll_without_interest", in_poll_without_interest},
      {"both_at_once", both_at_once},
      {"port_is_free_at_once", port_is_free_at_once},
      {"by_disconnect_with_data_queued", by_disconnect_with_data_queued},
  };
}

}  // namespace millrace::conformance
