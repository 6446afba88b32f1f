// epoll: level-triggered events.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

constexpr std::uint32_t kAll = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP;

void again_and_again(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN);
  s.epoll_wait(e);
  s.send(p.c, "level");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.read(p.a, 2);
  s.epoll_wait(e);
  s.read(p.a, 10);
  s.epoll_wait(e);
}

void ready_when_added(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.send(p.c, "x");
  s.settle();
  s.epoll_add(e, p.a, EPOLLIN);
  s.epoll_wait(e);
}

void writable(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT);
  s.epoll_wait(e);
  s.epoll_wait(e);
}

void of_a_listener(Script& s) {
  const int l = s.listening();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, l, EPOLLIN);
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  s.connect(c1, l);
  s.connect(c2, l);
  s.settle();
  s.epoll_wait(e);
  s.accept(l, "a1");
  s.epoll_wait(e);
  s.accept(l, "a2");
  s.epoll_wait(e);
}

void through_a_life(Script& s) {
  const int l = s.listening();
  const int e = s.epoll(Side::Client, "e");
  const int c = s.client();
  s.epoll_add(e, c, kAll);
  s.epoll_wait(e);
  s.connect(c, l);
  s.settle();
  s.epoll_wait(e);
  const int a = s.accept(l, "a");
  s.send(a, "x");
  s.settle();
  s.epoll_wait(e);
  s.close(a);
  s.settle();
  s.epoll_wait(e);
  s.read(c, 10);
  s.epoll_wait(e);
  s.shutdown(c, SHUT_WR);
  s.settle();
  s.epoll_wait(e);
}

void errors_need_no_interest(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, 0);
  s.epoll_wait(e);
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.epoll_wait(e);
  s.so_error(p.a);
  s.epoll_wait(e);
}

void at_most_so_many(Script& s) {
  const Pair p = s.connected();
  const int c2 = s.client("c2");
  const int c3 = s.client("c3");
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT);
  s.epoll_add(e, c2, EPOLLOUT);
  s.epoll_add(e, c3, EPOLLOUT);
  s.epoll_wait(e, 8);
  s.call("two at most", [&](const Calls& calls) -> ssize_t {
    epoll_event events[4];
    return calls.epoll_wait(e, events, 2, 0);
  });
}

void all_get_their_turn(Script& s) {
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  const int c3 = s.client("c3");
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, c1, EPOLLOUT);
  s.epoll_add(e, c2, EPOLLOUT);
  s.epoll_add(e, c3, EPOLLOUT);
  s.epoll_wait(e, 1);
  s.epoll_wait(e, 1);
  s.epoll_wait(e, 1);
  s.epoll_wait(e, 1);
}

void one_shot(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN | EPOLLONESHOT);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.send(p.c, "y");
  s.settle();
  s.epoll_wait(e);
  s.epoll_mod(e, p.a, EPOLLIN | EPOLLONESHOT);
  s.epoll_wait(e);
  s.epoll_wait(e);
  s.close(p.c);
  s.settle();
  s.epoll_wait(e);
}

void one_shot_that_is_spent_hides_errors(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLOUT | EPOLLONESHOT);
  s.epoll_wait(e);
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.epoll_wait(e);
  s.epoll_mod(e, p.a, EPOLLIN);
  s.epoll_wait(e);
}

void waits_for_what_is_under_way(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, p.a, EPOLLIN);
  s.send(p.c, "x");
  s.epoll_wait(e, 8, 1000);
  s.read(p.a, 10);
  s.send(p.c, "x");
  s.epoll_wait(e, 8, -1);
}

}  // namespace

std::vector<Case> epoll_level_cases() {
  return {
      {"again_and_again", again_and_again, Versions::Both},
      {"ready_when_added", ready_when_added},
      {"writable", writable},
      {"of_a_listener", of_a_listener},
      {"through_a_life", through_a_life, Versions::Both},
      {"errors_need_no_interest", errors_need_no_interest},
      {"at_most_so_many", at_most_so_many},
      {"all_get_their_turn", all_get_their_turn},
      {"one_shot", one_shot},
      {"one_shot_that_is_spent_hides_errors", one_shot_that_is_spent_hides_errors},
      {"waits_for_what_is_under_way", waits_for_what_is_under_way},
  };
}

}  // namespace millrace::conformance
