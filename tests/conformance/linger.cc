// SO_LINGER.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void set_and_get(Script& s) {
  const int c = s.client();
  s.get_linger(c);
  s.set_linger(c, 1, 5);
  s.get_linger(c);
  s.set_linger(c, 0, 7);
  s.get_linger(c);
  s.set_linger(c, 2, 0);
  s.get_linger(c);
}

void short_value(Script& s) {
  const int c = s.client();
  s.set_raw(c, SOL_SOCKET, SO_LINGER, std::string_view("\1\0\0\0", 4));
  s.get_raw(c, SOL_SOCKET, SO_LINGER, 4);
  s.get_raw(c, SOL_SOCKET, SO_LINGER, 16);
}

void zero_resets(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.read(p.a, 10);
}

void off_again_ends_in_order(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.c, 1, 0);
  s.set_linger(p.c, 0, 0);
  s.write(p.c, "in order");
  s.close(p.c);
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void zero_after_shutdown(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.read(p.a, 10);
  s.send(p.a, "x");
  s.send(p.a, "x");
}

void nonblocking_close_with_data(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.c, 1, 2);
  s.write(p.c, "lingering");
  s.close(p.c);
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void blocking_close_when_all_is_read(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_linger(p.c, 1, 2);
  s.write(p.c, "read at once");
  s.settle();
  s.read(p.a, 100);
  s.close(p.c);
  s.settle();
  s.read(p.a, 100);
}

void blocking_close_gives_up(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_linger(p.c, 1, 1);
  s.lose(p.a);
  s.write(p.c, "never arrives");
  s.close(p.c);
  s.read(p.c, 10);
}

void zero_on_a_listener_waiting_for_accept(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.set_linger(l, 1, 0);
  s.connect(c, l);
  s.settle();
  s.close(l);
  s.settle();
  s.ready(c);
  s.so_error(c);
}

void zero_when_not_connected(Script& s) {
  const int c = s.client();
  s.set_linger(c, 1, 0);
  s.close(c);
  const int bound = s.client("bound");
  s.bind(bound);
  s.set_linger(bound, 1, 0);
  s.close(bound);
}

void zero_leaves_no_time_wait(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  s.close(p.l);
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.set_linger(p.a, 1, 0);
  s.close(p.a);
  s.settle();
  const int again = s.server("again");
  s.bind(again, address);
  s.listen(again);
}

void negative_time(Script& s) {
  const int c = s.client();
  s.set_linger(c, 1, -1);
  s.call("linger time is not 0", [&](const Calls& calls) -> ssize_t {
    linger value{};
    socklen_t length = sizeof value;
    calls.getsockopt(c, SOL_SOCKET, SO_LINGER, &value, &length);
    return value.l_onoff == 1 && value.l_linger != 0;
  });
}

}  // namespace

std::vector<Case> linger_cases() {
  return {
      {"set_and_get", set_and_get},
      {"short_value", short_value},
      {"zero_resets", zero_resets, Versions::Both},
      {"off_again_ends_in_order", off_again_ends_in_order},
      {"zero_after_shutdown", zero_after_shutdown},
      {"nonblocking_close_with_data", nonblocking_close_with_data},
      {"blocking_close_when_all_is_read", blocking_close_when_all_is_read},
      {"blocking_close_gives_up", blocking_close_gives_up},
      {"zero_on_a_listener_waiting_for_accept", zero_on_a_listener_waiting_for_accept},
      {"zero_when_not_connected", zero_when_not_connected},
      {"zero_leaves_no_time_wait", zero_leaves_no_time_wait},
      {"negative_time", negative_time},
  };
}

}  // namespace millrace::conformance
