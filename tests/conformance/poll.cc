// poll().
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void nothing_asked(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.c, 0}});
  s.poll({});
}

void in_and_out(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.c, POLLIN}});
  s.poll({{p.c, POLLOUT}});
  s.poll({{p.c, POLLIN | POLLOUT}});
  s.send(p.a, "x");
  s.settle();
  s.poll({{p.c, POLLIN}});
  s.poll({{p.c, POLLIN | POLLOUT}});
  s.read(p.c, 10);
  s.poll({{p.c, POLLIN}});
}

void only_what_is_asked(Script& s) {
  const Pair p = s.connected();
  s.send(p.a, "x");
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.poll({{p.c, POLLRDHUP}});
  s.poll({{p.c, POLLRDNORM}});
  s.poll({{p.c, POLLWRNORM}});
  s.poll({{p.c, POLLRDBAND | POLLWRBAND}});
  s.poll({{p.c, POLLPRI}});
}

void several(Script& s) {
  const Pair p = s.connected();
  const int fresh = s.server("fresh");
  s.send(p.c, "x");
  s.settle();
  s.poll({{p.a, POLLIN}, {p.l, POLLIN}, {fresh, POLLIN}});
  s.poll({{p.l, POLLIN}, {p.a, POLLOUT | POLLIN}});
}

void same_twice(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.c, POLLIN}, {p.c, POLLOUT}});
}

void negative_descriptor(Script& s) {
  const Pair p = s.connected();
  s.poll({{-1, POLLIN}});
  s.poll({{-1, POLLIN}, {p.c, POLLOUT}, {-7, POLLOUT}});
}

void closed_descriptor(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.poll({{p.c, POLLIN}});
  s.poll({{p.c, 0}, {p.a, POLLIN}});
}

void listener(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.poll({{l, POLLIN | POLLOUT}});
  s.connect(c, l);
  s.settle();
  s.poll({{l, POLLIN | POLLOUT}});
  s.poll({{l, POLLOUT}});
}

void fresh_socket_without_interest(Script& s) {
  const int c = s.client();
  s.poll({{c, 0}});
  s.poll({{c, POLLIN}});
  s.poll({{c, POLLOUT}});
}

void hang_up_needs_both_ends(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.c, 0}});
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.poll({{p.c, 0}});
  s.shutdown(p.c, SHUT_WR);
  s.poll({{p.c, 0}});
}

void waits_for_what_is_under_way(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "x");
  s.poll({{p.a, POLLIN}}, 1000);
  s.read(p.a, 10);
  s.close(p.c);
  s.poll({{p.a, POLLIN}}, 1000);
}

void waits_for_a_connection(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.poll({{c, POLLOUT}}, 1000);
  s.poll({{l, POLLIN}}, 1000);
}

void endless_wait_ends(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "x");
  s.poll({{p.a, POLLIN}}, -1);
}

void both_sides_in_one_call(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "x");
  s.settle();
  s.poll({{p.c, POLLIN | POLLOUT}, {p.a, POLLIN}});
}

}  // namespace

std::vector<Case> poll_cases() {
  return {
      {"nothing_asked", nothing_asked},
      {"in_and_out", in_and_out, Versions::Both},
      {"only_what_is_asked", only_what_is_asked},
      {"several", several},
      {"same_twice", same_twice},
      {"negative_descriptor", negative_descriptor},
      {"closed_descriptor", closed_descriptor},
      {"listener", listener, Versions::Both},
      {"fresh_socket_without_interest", fresh_socket_without_interest},
      {"hang_up_needs_both_ends", hang_up_needs_both_ends},
      {"waits_for_what_is_under_way", waits_for_what_is_under_way},
      {"waits_for_a_connection", waits_for_a_connection},
      {"endless_wait_ends", endless_wait_ends},
      {"both_sides_in_one_call", both_sides_in_one_call},
  };
}

}  // namespace millrace::conformance
