// epoll: the set of descriptors.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void empty_set(Script& s) {
  const int e = s.epoll(Side::Client, "e");
  s.epoll_wait(e);
  s.close(e);
  s.epoll_wait(e);
}

void added_twice(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLIN);
  s.epoll_add(e, p.c, EPOLLOUT);
  s.epoll_wait(e);
}

void not_in_the_set(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_mod(e, p.c, EPOLLIN);
  s.epoll_del(e, p.c);
  s.epoll_add(e, p.c, EPOLLIN);
  s.epoll_del(e, p.c);
  s.epoll_del(e, p.c);
}

void deleted_says_nothing(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT);
  s.epoll_wait(e);
  s.epoll_del(e, p.c);
  s.epoll_wait(e);
}

void closed_leaves_the_set(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT | EPOLLIN);
  s.epoll_wait(e);
  s.close(p.c);
  s.epoll_wait(e);
  s.epoll_del(e, p.c);
}

void interest_changes(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLIN);
  s.epoll_wait(e);
  s.epoll_mod(e, p.c, EPOLLOUT);
  s.epoll_wait(e);
  s.epoll_mod(e, p.c, 0);
  s.epoll_wait(e);
}

void two_sets(Script& s) {
  const Pair p = s.connected();
  const int e1 = s.epoll(Side::Server, "e1");
  const int e2 = s.epoll(Side::Server, "e2");
  s.epoll_add(e1, p.a, EPOLLIN);
  s.epoll_add(e2, p.a, EPOLLIN | EPOLLET);
  s.send(p.c, "x");
  s.settle();
  s.epoll_wait(e1);
  s.epoll_wait(e2);
  s.epoll_wait(e1);
  s.epoll_wait(e2);
}

void data_of_the_event(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.u64 = 0x1122334455667788;
  s.call("epoll_ctl(e, ADD, c)", [&](const Calls& calls) { return calls.epoll_ctl(e, EPOLL_CTL_ADD, p.c, &event); });
  event.data.u64 = 0;
  s.call("epoll_wait(e)", [&](const Calls& calls) { return calls.epoll_wait(e, &event, 1, 0); });
  s.call("the same data", [&](const Calls&) -> ssize_t { return event.data.u64 == 0x1122334455667788; });
}

void bad_arguments(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, -1, EPOLLIN);
  s.epoll_add(-1, p.c, EPOLLIN);
  s.epoll_add(p.c, p.c, EPOLLIN);
  s.epoll_add(e, e, EPOLLIN);
  s.epoll_ctl(e, 99, p.c, EPOLLIN);
  s.epoll_wait(p.c);
  s.epoll_wait(-1);
  s.epoll_wait(e, 0);
  s.epoll_wait(e, -1);
  s.call("epoll_create1(1)", [](const Calls& calls) { return calls.epoll_create1(1); });
  s.call("read(e)", [&](const Calls& calls) {
    char byte = 0;
    return calls.read(e, &byte, 1);
  });
  s.call("write(e)", [&](const Calls& calls) { return calls.write(e, "x", 1); });
  s.call("recv(e)", [&](const Calls& calls) {
    char byte = 0;
    return calls.recv(e, &byte, 1, 0);
  });
}

void null_event(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.call("epoll_ctl(e, ADD, c, null)",
         [&](const Calls& calls) { return calls.epoll_ctl(e, EPOLL_CTL_ADD, p.c, nullptr); });
  s.epoll_add(e, p.c, EPOLLOUT);
  s.call("epoll_ctl(e, MOD, c, null)",
         [&](const Calls& calls) { return calls.epoll_ctl(e, EPOLL_CTL_MOD, p.c, nullptr); });
  s.call("epoll_ctl(e, DEL, c, null)",
         [&](const Calls& calls) { return calls.epoll_ctl(e, EPOLL_CTL_DEL, p.c, nullptr); });
}

void closed_set(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT);
  s.close(e);
  s.epoll_wait(e);
  s.epoll_add(e, p.c, EPOLLIN);
  s.ready(p.c);
}

void exclusive(Script& s) {
  const int l = s.listening();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_add(e, l, EPOLLIN | EPOLLEXCLUSIVE);
  s.epoll_mod(e, l, EPOLLIN | EPOLLEXCLUSIVE);
}

void in_poll(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, p.c, EPOLLOUT);
  s.poll({{e, POLLIN}});
}

}  // namespace

std::vector<Case> epoll_set_cases() {
  return {
      {"empty_set", empty_set},
      {"added_twice", added_twice},
      {"not_in_the_set", not_in_the_set},
      {"deleted_says_nothing", deleted_says_nothing},
      {"closed_leaves_the_set", closed_leaves_the_set},
      {"interest_changes", interest_changes},
      {"two_sets", two_sets},
      {"data_of_the_event", data_of_the_event},
      {"bad_arguments", bad_arguments},
      {"null_event", null_event},
      {"closed_set", closed_set},
      {"exclusive", exclusive},
      {"in_poll", in_poll},
  };
}

}  // namespace millrace::conformance
