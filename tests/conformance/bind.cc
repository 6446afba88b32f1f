// bind(): addresses and ports, and who may share them.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void free_port(Script& s) {
  const int l = s.server("l");
  s.bind(l);
  s.getsockname(l);
  s.ready(l);
}

void any_address(Script& s) {
  const int l = s.server("l");
  s.bind(l, s.any());
  s.getsockname(l);
}

void twice(Script& s) {
  const int l = s.server("l");
  s.bind(l);
  s.bind(l);
  s.getsockname(l);
}

void taken_port(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.bind(one);
  s.bind(two, s.where(one));
  s.getsockname(two);
  s.bind(two);
  s.getsockname(two);
}

void taken_by_any(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.bind(one, s.any());
  s.bind(two, s.where(one));
}

void any_where_one_is_taken(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.bind(one);
  s.bind(two, s.any(s.where(one).port()));
}

void reuse_address_before_listening(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.set(one, SOL_SOCKET, SO_REUSEADDR, 1);
  s.set(two, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(one);
  s.bind(two, s.where(one));
  s.listen(one);
  s.listen(two);
}

void reuse_address_of_one_only(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.set(two, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(one);
  s.bind(two, s.where(one));
}

void reuse_address_of_a_listener(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.set(one, SOL_SOCKET, SO_REUSEADDR, 1);
  s.set(two, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(one);
  s.listen(one);
  s.bind(two, s.where(one));
}

void reuse_port(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.set(one, SOL_SOCKET, SO_REUSEPORT, 1);
  s.set(two, SOL_SOCKET, SO_REUSEPORT, 1);
  s.bind(one);
  s.bind(two, s.where(one));
  s.listen(one);
  s.listen(two);
}

void reuse_port_of_one_only(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.set(one, SOL_SOCKET, SO_REUSEPORT, 1);
  s.bind(one);
  s.bind(two, s.where(one));
}

void port_is_free_after_close(Script& s) {
  const int one = s.server("one");
  const int two = s.server("two");
  s.bind(one);
  const Address address = s.where(one);
  s.close(one);
  s.bind(two, address);
}

void port_is_free_after_listener_closed(Script& s) {
  const int one = s.listening("one");
  const int two = s.server("two");
  const Address address = s.where(one);
  s.close(one);
  s.bind(two, address);
  s.listen(two);
}

void port_of_connections_of_a_closed_listener(Script& s) {
  const Pair p = s.connected();
  const Address address = s.where(p.l);
  s.close(p.l);
  const int plain = s.server("plain");
  const int reusing = s.server("reusing");
  s.set(reusing, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(plain, address);
  s.bind(reusing, address);
}

void after_connecting(Script& s) {
  const Pair p = s.connected();
  s.bind(p.c);
  s.bind(p.a);
}

}  // namespace

std::vector<Case> bind_cases() {
  return {
      {"free_port", free_port, Versions::Both},
      {"any_address", any_address, Versions::Both},
      {"twice", twice},
      {"taken_port", taken_port, Versions::Both},
      {"taken_by_any", taken_by_any, Versions::Both},
      {"any_where_one_is_taken", any_where_one_is_taken},
      {"reuse_address_before_listening", reuse_address_before_listening},
      {"reuse_address_of_one_only", reuse_address_of_one_only},
      {"reuse_address_of_a_listener", reuse_address_of_a_listener},
      {"reuse_port", reuse_port},
      {"reuse_port_of_one_only", reuse_port_of_one_only},
      {"port_is_free_after_close", port_is_free_after_close},
      {"port_is_free_after_listener_closed", port_is_free_after_listener_closed},
      {"port_of_connections_of_a_closed_listener", port_of_connections_of_a_closed_listener},
      {"after_connecting", after_connecting},
  };
}

}  // namespace millrace::conformance
