// MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_DONTWAIT and flags that are not known.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void peek(Script& s) {
  const Pair p = s.connected();
  s.recv(p.a, 10, MSG_PEEK);
  s.send(p.c, "look");
  s.settle();
  s.recv(p.a, 10, MSG_PEEK);
  s.recv(p.a, 2, MSG_PEEK);
  s.ready(p.a);
  s.read(p.a, 10);
  s.recv(p.a, 10, MSG_PEEK);
}

void peek_over_several_segments(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "one ");
  s.settle();
  s.send(p.c, "two ");
  s.settle();
  s.send(p.c, "three");
  s.settle();
  s.recv(p.a, 100, MSG_PEEK);
  s.recv(p.a, 6, MSG_PEEK);
  s.read(p.a, 6);
  s.recv(p.a, 100, MSG_PEEK);
}

void peek_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.recv(p.a, 10, MSG_PEEK);
  s.recv(p.a, 10, MSG_PEEK);
  s.read(p.a, 10);
}

void peek_and_wait_for_all(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abc");
  s.settle();
  s.recv(p.a, 10, MSG_PEEK | MSG_WAITALL);
  s.recv(p.a, 3, MSG_PEEK | MSG_WAITALL);
  s.read(p.a, 10);
}

void truncate_throws_away(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abcdefghij");
  s.settle();
  s.call("recv(a, null, 4, TRUNC)", [&](const Calls& calls) { return calls.recv(p.a, nullptr, 4, MSG_TRUNC); });
  s.read(p.a, 3);
  s.call("recv(a, null, 100, TRUNC)", [&](const Calls& calls) { return calls.recv(p.a, nullptr, 100, MSG_TRUNC); });
  s.call("recv(a, null, 100, TRUNC)", [&](const Calls& calls) { return calls.recv(p.a, nullptr, 100, MSG_TRUNC); });
}

void truncate_and_peek(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abcdef");
  s.settle();
  s.call("recv(a, null, 4, PEEK|TRUNC)",
         [&](const Calls& calls) { return calls.recv(p.a, nullptr, 4, MSG_PEEK | MSG_TRUNC); });
  s.read(p.a, 10);
}

void truncate_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.call("recv(a, null, 4, TRUNC)", [&](const Calls& calls) { return calls.recv(p.a, nullptr, 4, MSG_TRUNC); });
}

void wait_for_all_takes_what_there_is(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abc");
  s.settle();
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_WAITALL);
}

void wait_for_all_ends_at_the_end(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.send(p.c, "abc");
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_WAITALL);
}

void wait_for_all_ends_at_a_reset(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.send(p.c, "abc");
  s.settle();
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_WAITALL);
}

void wait_for_all_that_is_there(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.send(p.c, "abcdef");
  s.settle();
  s.recv(p.a, 6, MSG_WAITALL);
}

void do_not_wait(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.recv(p.a, 10, MSG_DONTWAIT);
  s.send(p.c, "x");
  s.settle();
  s.recv(p.a, 10, MSG_DONTWAIT);
  s.recv(p.a, 10, MSG_DONTWAIT | MSG_WAITALL);
}

void unknown_flags(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "abc", MSG_NOSIGNAL | 0x1000000);
  s.settle();
  s.recv(p.a, 10, 0x1000000);
}

void end_of_record(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "record", MSG_NOSIGNAL | MSG_EOR);
  s.settle();
  s.recvmsg(p.a, {100}, 0);
}

}  // namespace

std::vector<Case> peek_flag_cases() {
  return {
      {"peek", peek, Versions::Both},
      {"peek_over_several_segments", peek_over_several_segments},
      {"peek_at_the_end", peek_at_the_end},
      {"peek_and_wait_for_all", peek_and_wait_for_all},
      {"truncate_throws_away", truncate_throws_away},
      {"truncate_and_peek", truncate_and_peek},
      {"truncate_at_the_end", truncate_at_the_end},
      {"wait_for_all_takes_what_there_is", wait_for_all_takes_what_there_is},
      {"wait_for_all_ends_at_the_end", wait_for_all_ends_at_the_end},
      {"wait_for_all_ends_at_a_reset", wait_for_all_ends_at_a_reset},
      {"wait_for_all_that_is_there", wait_for_all_that_is_there},
      {"do_not_wait", do_not_wait},
      {"unknown_flags", unknown_flags},
      {"end_of_record", end_of_record},
  };
}

}  // namespace millrace::conformance
