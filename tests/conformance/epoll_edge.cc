// epoll: edge-triggered events.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void once_per_arrival(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET);
  s.epoll_wait(e);
  s.send(p.c, "one");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.send(p.c, "two");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void reading_a_part_is_no_event(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET);
  s.send(p.c, "abcdef");
  s.settle();
  s.epoll_wait(e);
  s.read(p.a, 3);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void read_before_it_is_told(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET);
  s.send(p.c, "x");
  s.settle();
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void ready_when_added(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.send(p.c, "x");
  s.settle();
  s.epoll_add(e, p.a, EPOLLIN | EPOLLOUT | EPOLLET);
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void changing_the_interest_tells_again(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.epoll_mod(e, p.a, EPOLLIN | EPOLLET);
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void writable_again(Script& s) {
  const Pair p = s.narrow();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT | EPOLLET);
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.fill(p.c);
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.drain(p.a);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, c, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.connect(c, l);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void added_while_connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  const int e = s.epoll(Side::Client, "e");
  s.connect(c, l);
  s.epoll_add(e, c, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void the_end(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLRDHUP | EPOLLET);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void data_and_the_end(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLRDHUP | EPOLLET);
  s.send(p.c, "x");
  s.close(p.c);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
  s.read(p.a, 10);
}

void a_reset(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLRDHUP | EPOLLET);
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void refused(Script& s) {
  const int holder = s.server("holder");
  s.bind(holder);
  const int c = s.client();
  const int e = s.epoll(Side::Client, "e");
  s.connect(c, s.where(holder));
  s.epoll_add(e, c, EPOLLIN | EPOLLOUT | EPOLLET);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.so_error(c);
  s.epoll_wait(e);
}

void of_a_listener(Script& s) {
  const int l = s.listening();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, l, EPOLLIN | EPOLLET);
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  s.connect(c1, l);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.connect(c2, l);
  s.settle();
  s.epoll_wait(e);
  s.accept(l, "a1");
  s.epoll_wait(e);
  s.accept(l, "a2");
  s.epoll_wait(e);
}

void our_shutdown_is_an_event(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLIN | EPOLLRDHUP | EPOLLET);
  s.epoll_wait(e);
  s.shutdown(p.c, SHUT_RD);
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.shutdown(p.c, SHUT_WR);
  s.epoll_wait(e);
  s.acknowledged();
  s.epoll_wait(e);
}

void with_one_shot(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET | EPOLLONESHOT);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e);
  s.send(p.c, "y");
  s.settle();
  s.epoll_wait(e);
  s.epoll_mod(e, p.a, EPOLLIN | EPOLLET | EPOLLONESHOT);
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void writes_of_ours_are_no_event(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLIN | EPOLLOUT | EPOLLET);
  s.epoll_wait(e);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.settle();
  s.epoll_wait(e);
}

void arrivals_tell_of_room_too(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLOUT | EPOLLET);
  s.epoll_wait(e);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void below_the_low_water_mark(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.set(p.a, SOL_SOCKET, SO_RCVLOWAT, 6);
  s.epoll_add(e, p.a, EPOLLIN | EPOLLET);
  s.send(p.c, "abc");
  s.settle();
  s.epoll_wait(e);
  s.send(p.c, "def");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void urgent_data(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLPRI | EPOLLET);
  s.send(p.c, "u", MSG_OOB | MSG_NOSIGNAL);
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.recv(p.a, 1, MSG_OOB);
  s.epoll_wait(e);
}

}  // namespace

std::vector<Case> epoll_edge_cases() {
  return {
      {"once_per_arrival", once_per_arrival, Versions::Both},
      {"reading_a_part_is_no_event", reading_a_part_is_no_event},
      {"read_before_it_is_told", read_before_it_is_told},
      {"ready_when_added", ready_when_added},
      {"changing_the_interest_tells_again", changing_the_interest_tells_again},
      {"writable_again", writable_again, Versions::Both},
      {"connecting", connecting},
      {"added_while_connecting", added_while_connecting},
      {"the_end", the_end, Versions::Both},
      {"data_and_the_end", data_and_the_end},
      {"a_reset", a_reset},
      {"refused", refused},
      {"of_a_listener", of_a_listener},
      {"our_shutdown_is_an_event", our_shutdown_is_an_event},
      {"with_one_shot", with_one_shot},
      {"writes_of_ours_are_no_event", writes_of_ours_are_no_event},
      {"arrivals_tell_of_room_too", arrivals_tell_of_room_too},
      {"below_the_low_water_mark", below_the_low_water_mark},
      {"urgent_data", urgent_data},
  };
}

}  // namespace millrace::conformance
