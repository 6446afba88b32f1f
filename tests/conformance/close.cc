// close(): what the peer sees, and what is left behind.
#include <fcntl.h>
#include <sys/ioctl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void peer_reads_the_end(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.ready(p.a);
  s.read(p.a, 10);
  s.read(p.a, 10);
  s.so_error(p.a);
  s.close(p.a);
}

void data_comes_before_the_end(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "last words");
  s.close(p.c);
  s.settle();
  s.ready(p.a);
  s.read(p.a, 4);
  s.ready(p.a);
  s.read(p.a, 100);
  s.ready(p.a);
  s.read(p.a, 100);
}

void server_closes_first(Script& s) {
  const Pair p = s.connected();
  s.write(p.a, "bye");
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
  s.close(p.c);
}

void writing_to_one_who_closed(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.send(p.a, "into the void");
  s.settle();
  s.ready(p.a);
  s.send(p.a, "again");
  s.send(p.a, "again");
  s.read(p.a, 10);
  s.so_error(p.a);
}

void writing_to_one_who_closed_then_reading(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.send(p.a, "into the void");
  s.settle();
  s.read(p.a, 10);
  s.read(p.a, 10);
  s.send(p.a, "again");
  s.so_error(p.a);
}

void error_of_one_who_wrote_in_vain(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.send(p.a, "into the void");
  s.settle();
  s.so_error(p.a);
  s.so_error(p.a);
  s.ready(p.a);
  s.getpeername(p.a);
}

void data_that_crosses_the_close(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "from c");
  s.close(p.c);
  s.settle();
  s.send(p.a, "from a");
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
  s.ready(p.a);
}

void both_at_once(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.close(p.a);
  s.settle();
  s.ready(p.c);
}

void twice(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.close(p.c);
}

void calls_on_a_closed_descriptor(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.read(p.c, 10);
  s.send(p.c, "x");
  s.shutdown(p.c, SHUT_RDWR);
  s.getsockname(p.c);
  s.getpeername(p.c);
  s.so_error(p.c);
  s.set(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.fcntl(p.c, F_GETFL);
  s.ioctl(p.c, FIONREAD);
  s.ready(p.c);
  s.listen(p.c);
  s.bind(p.c);
  s.accept(p.c, "x");
  s.connect(p.c, s.where(p.l));
}

void never_used(Script& s) {
  const int fresh = s.client("fresh");
  const int bound = s.client("bound");
  s.bind(bound);
  s.close(fresh);
  s.close(bound);
}

void while_connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.connect(c, l);
  s.close(c);
  s.settle();
  s.ready(c);
}

void a_listener_twice(Script& s) {
  const int l = s.listening();
  s.close(l);
  s.close(l);
  s.accept(l, "a");
}

void port_in_time_wait(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  s.close(p.a);
  s.settle();
  s.close(p.c);
  s.settle();
  s.close(p.l);
  const int plain = s.server("plain");
  s.bind(plain, address);
  const int reusing = s.server("reusing");
  s.set(reusing, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(reusing, address);
  s.listen(reusing);
}

void port_in_time_wait_that_all_reuse(Script& s) {
  const int l = s.server("l");
  s.set(l, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(l);
  s.listen(l);
  const Pair p = s.join(s.client(), l);
  const Address address = s.where(l);
  s.close(p.a);
  s.settle();
  s.close(p.c);
  s.settle();
  s.close(l);
  const int plain = s.server("plain");
  const int reusing = s.server("reusing");
  s.set(reusing, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(plain, address);
  s.close(plain);
  s.bind(reusing, address);
  s.listen(reusing);
}

void port_of_the_passive_closer(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  s.close(p.c);
  s.settle();
  s.close(p.a);
  s.settle();
  s.close(p.l);
  const int again = s.server("again");
  s.bind(again, address);
  s.listen(again);
}

void after_shutdown(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "one");
  s.shutdown(p.c, SHUT_WR);
  s.close(p.c);
  s.settle();
  s.read(p.a, 10);
  s.read(p.a, 10);
  s.ready(p.a);
}

void with_much_under_way(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, std::string(40000, 'y'));
  s.close(p.c);
  s.settle();
  s.settle();
  s.recv(p.a, 50000, MSG_WAITALL);
  s.read(p.a, 10);
}

void number_is_free_again(Script& s) {
  const int one = s.client("one");
  s.close(one);
  const int two = s.client("two");
  s.call("the same number", [&](const Calls&) -> ssize_t { return one == two; });
}

}  // namespace

std::vector<Case> close_cases() {
  return {
      {"peer_reads_the_end", peer_reads_the_end, Versions::Both},
      {"data_comes_before_the_end", data_comes_before_the_end, Versions::Both},
      {"server_closes_first", server_closes_first},
      {"writing_to_one_who_closed", writing_to_one_who_closed, Versions::Both},
      {"writing_to_one_who_closed_then_reading", writing_to_one_who_closed_then_reading, Versions::Both},
      {"error_of_one_who_wrote_in_vain", error_of_one_who_wrote_in_vain},
      {"data_that_crosses_the_close", data_that_crosses_the_close},
      {"both_at_once", both_at_once},
      {"twice", twice},
      {"calls_on_a_closed_descriptor", calls_on_a_closed_descriptor},
      {"never_used", never_used},
      {"while_connecting", while_connecting},
      {"a_listener_twice", a_listener_twice},
      {"port_in_time_wait", port_in_time_wait},
      {"port_in_time_wait_that_all_reuse", port_in_time_wait_that_all_reuse},
      {"port_of_the_passive_closer", port_of_the_passive_closer},
      {"after_shutdown", after_shutdown},
      {"with_much_under_way", with_much_under_way},
      {"number_is_free_again", number_is_free_again},
  };
}

}  // namespace millrace::conformance
