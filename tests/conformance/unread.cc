// Ends with data that nobody read: a reset, as RFC 2525 2.17 asks for.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void peer_is_reset(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "unread");
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
  s.send(p.c, "x");
}

void a_part_was_read(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "half unread");
  s.settle();
  s.read(p.a, 4);
  s.close(p.a);
  s.settle();
  s.read(p.c, 10);
}

void all_was_read(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "read");
  s.settle();
  s.read(p.a, 100);
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
}

void only_peeked(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "peeked");
  s.settle();
  s.recv(p.a, 100, MSG_PEEK);
  s.close(p.a);
  s.settle();
  s.read(p.c, 10);
}

void data_of_ours_before_the_reset(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "unread");
  s.settle();
  s.write(p.a, "answer");
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 100);
  s.read(p.c, 100);
  s.read(p.c, 100);
}

void data_and_end_unread(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "unread");
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
}

void only_the_end_unread(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.so_error(p.c);
}

void after_our_own_shutdown(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "unread");
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
}

void data_after_close(Script& s) {
  const Pair p = s.connected();
  s.close(p.a);
  s.settle();
  s.send(p.c, "too late");
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.send(p.c, "x");
}

void data_after_reading_shutdown(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.a, SHUT_RD);
  s.send(p.c, "unwanted");
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
}

void in_the_accept_queue(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.send(c, "never accepted");
  s.settle();
  s.close(l);
  s.settle();
  s.ready(c);
  s.read(c, 10);
  s.read(c, 10);
}

void unread_and_unsent(Script& s) {
  const Pair p = s.connected();
  s.set(p.a, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "unread");
  s.settle();
  s.write(p.a, "held back");
  s.close(p.a);
  s.settle();
  s.read(p.c, 100);
  s.read(p.c, 100);
}

void no_time_wait(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  s.close(p.l);
  s.write(p.c, "unread");
  s.settle();
  s.close(p.a);
  s.settle();
  s.close(p.c);
  const int again = s.server("again");
  s.bind(again, address);
  s.listen(again);
}

void both_unread(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "one");
  s.write(p.a, "two");
  s.settle();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
  s.close(p.c);
}

void urgent_byte_unread(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "u", MSG_OOB | MSG_NOSIGNAL);
  s.settle();
  s.close(p.a);
  s.settle();
  s.read(p.c, 10);
}

}  // namespace

std::vector<Case> unread_cases() {
  return {
      {"peer_is_reset", peer_is_reset, Versions::Both},
      {"a_part_was_read", a_part_was_read},
      {"all_was_read", all_was_read},
      {"only_peeked", only_peeked},
      {"data_of_ours_before_the_reset", data_of_ours_before_the_reset, Versions::Both},
      {"data_and_end_unread", data_and_end_unread},
      {"only_the_end_unread", only_the_end_unread},
      {"after_our_own_shutdown", after_our_own_shutdown},
      {"data_after_close", data_after_close},
      {"data_after_reading_shutdown", data_after_reading_shutdown},
      {"in_the_accept_queue", in_the_accept_queue},
      {"unread_and_unsent", unread_and_unsent},
      {"no_time_wait", no_time_wait},
      {"both_unread", both_unread},
      {"urgent_byte_unread", urgent_byte_unread},
  };
}

}  // namespace millrace::conformance
