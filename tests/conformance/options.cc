// Options of level SOL_SOCKET.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

// The default, then each value as it is set and as it is read back.
void walk(Script& s, int level, int option, std::initializer_list<int> values) {
  const int c = s.client();
  s.get(c, level, option);
  for (const int value : values) {
    s.set(c, level, option, value);
    s.get(c, level, option);
  }
}

void reuse_address(Script& s) { walk(s, SOL_SOCKET, SO_REUSEADDR, {1, 0, 7, -1}); }
void reuse_port(Script& s) { walk(s, SOL_SOCKET, SO_REUSEPORT, {1, 0, 7}); }
void keepalive(Script& s) { walk(s, SOL_SOCKET, SO_KEEPALIVE, {1, 0, 9}); }
void oob_inline(Script& s) { walk(s, SOL_SOCKET, SO_OOBINLINE, {1, 0, 3}); }
void low_water_mark(Script& s) { walk(s, SOL_SOCKET, SO_RCVLOWAT, {10, 1, 0}); }

// Linux takes twice of what is asked for, and has a least value.
void receive_buffer(Script& s) {
  const int c = s.client();
  s.set(c, SOL_SOCKET, SO_RCVBUF, 50000);
  s.get(c, SOL_SOCKET, SO_RCVBUF);
  s.set(c, SOL_SOCKET, SO_RCVBUF, 1);
  s.get(c, SOL_SOCKET, SO_RCVBUF);
}

void send_buffer(Script& s) {
  const int c = s.client();
  s.set(c, SOL_SOCKET, SO_SNDBUF, 50000);
  s.get(c, SOL_SOCKET, SO_SNDBUF);
  s.set(c, SOL_SOCKET, SO_SNDBUF, 1);
  s.get(c, SOL_SOCKET, SO_SNDBUF);
}

void buffers_of_a_connection(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, SOL_SOCKET, SO_SNDBUF, 60000);
  s.get(p.c, SOL_SOCKET, SO_SNDBUF);
  s.set(p.a, SOL_SOCKET, SO_RCVBUF, 60000);
  s.get(p.a, SOL_SOCKET, SO_RCVBUF);
  s.fill(p.c);
  s.drain(p.a);
}

void buffers_are_inherited(Script& s) {
  const int l = s.listening();
  s.set(l, SOL_SOCKET, SO_RCVBUF, 40000);
  s.set(l, SOL_SOCKET, SO_SNDBUF, 30000);
  const Pair p = s.join(s.client(), l);
  s.get(p.a, SOL_SOCKET, SO_RCVBUF);
  s.get(p.a, SOL_SOCKET, SO_SNDBUF);
}

void what_kind_of_socket(Script& s) {
  const Pair p = s.connected();
  for (const int fd : {p.c, p.l}) {
    s.get(fd, SOL_SOCKET, SO_TYPE);
    s.get(fd, SOL_SOCKET, SO_PROTOCOL);
    s.get(fd, SOL_SOCKET, SO_DOMAIN);
    s.get(fd, SOL_SOCKET, SO_ACCEPTCONN);
    s.get(fd, SOL_SOCKET, SO_ERROR);
  }
}

void read_only(Script& s) {
  const int c = s.client();
  for (const int option : {SO_TYPE, SO_PROTOCOL, SO_DOMAIN, SO_ACCEPTCONN, SO_ERROR}) s.set(c, SOL_SOCKET, option, 1);
}

void unknown(Script& s) {
  const int c = s.client();
  s.get(c, SOL_SOCKET, 9999);
  s.set(c, SOL_SOCKET, 9999, 1);
  s.get(c, IPPROTO_TCP, 9999);
  s.set(c, IPPROTO_TCP, 9999, 1);
  s.get(c, IPPROTO_IP, 9999);
  s.set(c, IPPROTO_IP, 9999, 1);
  s.get(c, 9999, 1);
  s.set(c, 9999, 1, 1);
}

void short_values(Script& s) {
  const int c = s.client();
  s.set_raw(c, SOL_SOCKET, SO_KEEPALIVE, "\1");
  s.set_raw(c, SOL_SOCKET, SO_KEEPALIVE, "");
  s.set_raw(c, IPPROTO_TCP, TCP_NODELAY, "\1");
  s.set_raw(c, IPPROTO_TCP, TCP_NODELAY, "");
  s.get(c, IPPROTO_TCP, TCP_NODELAY);
}

void long_values(Script& s) {
  const int c = s.client();
  s.set_raw(c, SOL_SOCKET, SO_KEEPALIVE, std::string_view("\1\0\0\0\0\0\0\0", 8));
  s.get(c, SOL_SOCKET, SO_KEEPALIVE);
  s.set_raw(c, IPPROTO_TCP, TCP_NODELAY, std::string_view("\1\0\0\0\0\0\0\0", 8));
  s.get(c, IPPROTO_TCP, TCP_NODELAY);
}

void room_for_values(Script& s) {
  const int c = s.client();
  for (const socklen_t room : {0U, 1U, 2U, 4U, 8U}) {
    s.get_raw(c, SOL_SOCKET, SO_TYPE, room);
    s.get_raw(c, IPPROTO_TCP, TCP_NODELAY, room);
  }
  s.get_raw(c, SOL_SOCKET, SO_TYPE, static_cast<socklen_t>(-1));
  s.get_raw(c, IPPROTO_TCP, TCP_NODELAY, static_cast<socklen_t>(-1));
}

void of_a_closed_descriptor(Script& s) {
  const int c = s.client();
  s.close(c);
  s.get(c, SOL_SOCKET, SO_TYPE);
  s.set(c, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.get(c, 9999, 1);
}

void of_an_epoll_descriptor(Script& s) {
  const int e = s.epoll(Side::Client, "e");
  s.get(e, SOL_SOCKET, SO_TYPE);
  s.set(e, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.getsockname(e);
  s.bind(e);
  s.listen(e);
  s.shutdown(e, SHUT_WR);
  s.accept(e, "x");
}

}  // namespace

std::vector<Case> option_cases() {
  return {
      {"reuse_address", reuse_address},
      {"reuse_port", reuse_port},
      {"keepalive", keepalive},
      {"oob_inline", oob_inline},
      {"low_water_mark", low_water_mark},
      {"receive_buffer", receive_buffer},
      {"send_buffer", send_buffer},
      {"buffers_of_a_connection", buffers_of_a_connection},
      {"buffers_are_inherited", buffers_are_inherited},
      {"what_kind_of_socket", what_kind_of_socket, Versions::Both},
      {"read_only", read_only},
      {"unknown", unknown},
      {"short_values", short_values},
      {"long_values", long_values},
      {"room_for_values", room_for_values},
      {"of_a_closed_descriptor", of_a_closed_descriptor},
      {"of_an_epoll_descriptor", of_an_epoll_descriptor},
  };
}

}  // namespace millrace::conformance
