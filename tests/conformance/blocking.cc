// Descriptors that block, where what they wait for is on its way.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void connect_and_accept(Script& s) {
  const int l = s.listening("l", kBlocking);
  const int c = s.client("c", kBlocking);
  s.connect(c, l);
  s.connect(c, l);
  s.accept(l, "a", 0);
  s.ready(c);
}

void refused(Script& s) {
  const int holder = s.server("holder");
  s.bind(holder);
  const int c = s.client("c", kBlocking);
  s.connect(c, holder);
  s.so_error(c);
  s.ready(c);
  s.connect(c, holder);
}

void read_waits_for_data(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.write(p.c, "on its way");
  s.read(p.a, 100);
  s.write(p.a, "back");
  s.read(p.c, 100);
}

void read_waits_for_the_end(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.close(p.c);
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void read_waits_for_a_reset(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void accept_waits_for_a_connection(Script& s) {
  const int l = s.listening("l", kBlocking);
  const int c = s.client();
  s.connect(c, l);
  s.accept(l, "a", 0);
}

void waits_for_all(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.write(p.c, std::string(30000, 'w'));
  s.recv(p.a, 30000, MSG_WAITALL);
}

void peeks_when_data_comes(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.write(p.c, "peek");
  s.recv(p.a, 10, MSG_PEEK);
  s.recv(p.a, 10, 0);
}

void writes_all_that_fits(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.send_much(p.c, 10000);
  s.settle();
  s.recv(p.a, 10000, MSG_WAITALL);
}

void ends_of_one_who_shut_his_reading(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.shutdown(p.a, SHUT_RD);
  s.read(p.a, 10);
}

void never_connected(Script& s) {
  const int c = s.client("c", kBlocking);
  s.read(c, 10);
  s.send(c, "x");
  s.accept(c, "a");
}

void read_of_a_listener(Script& s) {
  const int l = s.listening("l", kBlocking);
  s.read(l, 10);
}

void close_waits_for_nothing(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.write(p.c, "sent");
  s.close(p.c);
  s.read(p.a, 10);
  s.read(p.a, 10);
}

}  // namespace

std::vector<Case> blocking_cases() {
  return {
      {"connect_and_accept", connect_and_accept, Versions::Both},
      {"refused", refused, Versions::Both},
      {"read_waits_for_data", read_waits_for_data, Versions::Both},
      {"read_waits_for_the_end", read_waits_for_the_end},
      {"read_waits_for_a_reset", read_waits_for_a_reset},
      {"accept_waits_for_a_connection", accept_waits_for_a_connection},
      {"waits_for_all", waits_for_all},
      {"peeks_when_data_comes", peeks_when_data_comes},
      {"writes_all_that_fits", writes_all_that_fits},
      {"ends_of_one_who_shut_his_reading", ends_of_one_who_shut_his_reading},
      {"never_connected", never_connected},
      {"read_of_a_listener", read_of_a_listener},
      {"close_waits_for_nothing", close_waits_for_nothing},
  };
}

}  // namespace millrace::conformance
