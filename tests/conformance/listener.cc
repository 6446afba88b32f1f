// Listeners: how they come about, what they pass on, how much they take.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void listen_makes_a_listener(Script& s) {
  const int l = s.server("l");
  s.bind(l);
  s.listen(l);
  s.get(l, SOL_SOCKET, SO_ACCEPTCONN);
  s.ready(l);
  s.getsockname(l);
  s.getpeername(l);
}

void listen_without_bind(Script& s) {
  const int l = s.server("l");
  s.listen(l);
  s.getsockname(l);
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.ready(c);
  s.accept(l, "a");
}

void listen_twice(Script& s) {
  const int l = s.server("l");
  s.bind(l);
  s.listen(l, 1);
  s.listen(l, 8);
  s.listen(l, -1);
}

void listen_when_connected(Script& s) {
  const Pair p = s.connected();
  s.listen(p.c);
  s.listen(p.a);
}

void bind_a_listener(Script& s) {
  const int l = s.listening();
  s.bind(l);
}

void bytes_of_a_listener(Script& s) {
  const int l = s.listening();
  s.read(l, 10);
  s.send(l, "x");
  s.so_error(l);
}

void shutdown_of_a_listener(Script& s) {
  const int l = s.listening();
  const Address address = s.where(l);
  s.shutdown(l, SHUT_RD);
  s.ready(l);
  s.accept(l, "a");
  const int c = s.client();
  s.connect(c, address);
  s.settle();
  s.so_error(c);
  s.listen(l);
  s.ready(l);
}

void shutdown_write_of_a_listener(Script& s) {
  const int l = s.listening();
  s.shutdown(l, SHUT_WR);
  s.ready(l);
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.accept(l, "a");
}

void inherits_options(Script& s) {
  const int l = s.server("l");
  s.set(l, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.set(l, SOL_SOCKET, SO_REUSEADDR, 1);
  s.set(l, SOL_SOCKET, SO_OOBINLINE, 1);
  s.set(l, IPPROTO_TCP, TCP_NODELAY, 1);
  s.set(l, IPPROTO_TCP, TCP_KEEPIDLE, 77);
  s.set(l, IPPROTO_TCP, TCP_KEEPINTVL, 7);
  s.set(l, IPPROTO_TCP, TCP_KEEPCNT, 3);
  s.set(l, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  s.set_linger(l, 1, 3);
  s.set_time(l, SO_RCVTIMEO, 2, 0);
  s.bind(l);
  s.listen(l);
  const Pair p = s.join(s.client(), l);
  s.get(p.a, SOL_SOCKET, SO_KEEPALIVE);
  s.get(p.a, SOL_SOCKET, SO_REUSEADDR);
  s.get(p.a, SOL_SOCKET, SO_OOBINLINE);
  s.get(p.a, IPPROTO_TCP, TCP_NODELAY);
  s.get(p.a, IPPROTO_TCP, TCP_KEEPIDLE);
  s.get(p.a, IPPROTO_TCP, TCP_KEEPINTVL);
  s.get(p.a, IPPROTO_TCP, TCP_KEEPCNT);
  s.get(p.a, IPPROTO_TCP, TCP_USER_TIMEOUT);
  s.get_linger(p.a);
  s.get_time(p.a, SO_RCVTIMEO);
  s.get(p.a, SOL_SOCKET, SO_ACCEPTCONN);
}

void options_set_later_are_inherited(Script& s) {
  const int l = s.listening();
  s.set(l, IPPROTO_TCP, TCP_NODELAY, 1);
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.set(l, SOL_SOCKET, SO_KEEPALIVE, 1);
  const int a = s.accept(l, "a");
  s.get(a, IPPROTO_TCP, TCP_NODELAY);
  s.get(a, SOL_SOCKET, SO_KEEPALIVE);
}

void at_any_address(Script& s) {
  const int l = s.server("l");
  s.bind(l, s.any());
  s.listen(l);
  const Pair p = s.join(s.client(), l);
  s.getsockname(p.a);
  s.getpeername(p.a);
}

void backlog_of_one_is_two(Script& s) {
  const int l = s.listening("l", kNonblocking, 1);
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  const int c3 = s.client("c3");
  for (const int c : {c1, c2, c3}) {
    s.connect(c, l);
    s.settle();
    s.ready(c);
  }
  s.accept(l, "a1");
  s.accept(l, "a2");
  s.accept(l, "a3");
}

void full_backlog_lets_one_in_later(Script& s) {
  const int l = s.listening("l", kNonblocking, 0);
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  s.connect(c1, l);
  s.settle();
  s.connect(c2, l);
  s.settle();
  s.ready(c2);
  s.accept(l, "a1");
  s.pass(1500);
  s.ready(c2);
  s.accept(l, "a2");
}

void deferred_until_data(Script& s) {
  const int l = s.server("l");
  s.set(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
  s.bind(l);
  s.listen(l);
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.ready(c);
  s.ready(l);
  s.accept(l, "a");
  s.send(c, "now");
  s.settle();
  s.ready(l);
  const int a = s.accept(l, "a");
  s.read(a, 100);
}

}  // namespace

std::vector<Case> listener_cases() {
  return {
      {"listen_makes_a_listener", listen_makes_a_listener, Versions::Both},
      {"listen_without_bind", listen_without_bind, Versions::Both},
      {"listen_twice", listen_twice},
      {"listen_when_connected", listen_when_connected},
      {"bind_a_listener", bind_a_listener},
      {"bytes_of_a_listener", bytes_of_a_listener},
      {"shutdown_of_a_listener", shutdown_of_a_listener},
      {"shutdown_write_of_a_listener", shutdown_write_of_a_listener},
      {"inherits_options", inherits_options},
      {"options_set_later_are_inherited", options_set_later_are_inherited},
      {"at_any_address", at_any_address, Versions::Both},
      {"backlog_of_one_is_two", backlog_of_one_is_two},
      {"full_backlog_lets_one_in_later", full_backlog_lets_one_in_later},
      {"deferred_until_data", deferred_until_data},
  };
}

}  // namespace millrace::conformance
