// Arguments that make no sense.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void families(Script& s) {
  s.socket_of(AF_UNSPEC, kNonblocking, 0);
  s.socket_of(9999, kNonblocking, 0);
  s.socket_of(-1, kNonblocking, 0);
}

void types(Script& s) {
  s.socket_of(s.family(), SOCK_SEQPACKET, 0);
  s.socket_of(s.family(), 77, 0);
  s.socket_of(s.family(), -1, 0);
  s.socket_of(s.family(), 0, 0);
}

void unknown_flags_of_a_type(Script& s) { s.socket_of(s.family(), SOCK_STREAM | 0x100000, 0); }

void protocols(Script& s) {
  s.socket_of(s.family(), kNonblocking, IPPROTO_TCP);
  s.socket_of(s.family(), kNonblocking, IPPROTO_UDP);
  s.socket_of(s.family(), kNonblocking, 254);
  s.socket_of(s.family(), kNonblocking, -1);
  s.socket_of(s.family(), kNonblocking, 9999);
}

void negative_descriptor(Script& s) {
  s.read(-1, 10);
  s.send(-1, "x");
  s.close(-1);
  s.getsockname(-1);
  s.getpeername(-1);
  s.shutdown(-1, SHUT_WR);
  s.listen(-1);
  s.accept(-1, "x");
  s.bind(-1, s.any());
  s.connect(-1, s.any(1));
  s.get(-1, SOL_SOCKET, SO_TYPE);
  s.set(-1, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.ready(-1);
}

void bind_short_address(Script& s) {
  const int c = s.client();
  Address address = s.own(c);
  address.length = 4;
  s.bind(c, address);
  address.length = 0;
  s.bind(c, address);
}

void bind_wrong_family(Script& s) {
  const int c = s.client();
  Address address = s.own(c);
  address.storage.ss_family = s.ipv6() ? AF_INET : AF_INET6;
  s.bind(c, address);
  address.storage.ss_family = AF_UNIX;
  s.bind(c, address);
}

void bind_unspecified_family(Script& s) {
  const int one = s.client("one");
  Address address = s.any();
  address.storage.ss_family = AF_UNSPEC;
  s.bind(one, address);
  address = s.own(one);
  address.storage.ss_family = AF_UNSPEC;
  const int two = s.client("two");
  s.bind(two, address);
}

void bind_foreign_address(Script& s) {
  const int c = s.client();
  Address foreign = s.any();
  if (s.ipv6())
    reinterpret_cast<sockaddr_in6&>(foreign.storage).sin6_addr = {
        {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}};
  else
    reinterpret_cast<sockaddr_in&>(foreign.storage).sin_addr.s_addr = htonl(0xc6336409);
  s.bind(c, foreign);
  s.getsockname(c);
}

void bind_multicast(Script& s) {
  const int c = s.client();
  Address group = s.any();
  reinterpret_cast<sockaddr_in&>(group.storage).sin_addr.s_addr = htonl(0xe0000001);
  s.bind(c, group);
}

void null_addresses(Script& s) {
  const Pair p = s.connected();
  const int fresh = s.client("fresh");
  socklen_t length = sizeof(sockaddr_storage);
  s.call("bind(fresh, null)", [&](const Calls& calls) { return calls.bind(fresh, nullptr, sizeof(sockaddr_in)); });
  s.call("connect(fresh, null)",
         [&](const Calls& calls) { return calls.connect(fresh, nullptr, sizeof(sockaddr_in)); });
  s.call("getsockname(c, null)", [&](const Calls& calls) { return calls.getsockname(p.c, nullptr, &length); });
  s.call("getpeername(c, null)", [&](const Calls& calls) { return calls.getpeername(p.c, nullptr, &length); });
}

void null_lengths(Script& s) {
  const Pair p = s.connected();
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  int value = 0;
  s.call("getsockname(c, address, null)", [&](const Calls& calls) { return calls.getsockname(p.c, address, nullptr); });
  s.call("getpeername(c, address, null)", [&](const Calls& calls) { return calls.getpeername(p.c, address, nullptr); });
  s.call("getsockopt(c, SO_TYPE, value, null)",
         [&](const Calls& calls) { return calls.getsockopt(p.c, SOL_SOCKET, SO_TYPE, &value, nullptr); });
}

void null_buffers(Script& s) {
  const Pair p = s.connected();
  s.send(p.a, "there");
  s.settle();
  s.call("read(c, null, 0)", [&](const Calls& calls) { return calls.read(p.c, nullptr, 0); });
  s.call("read(c, null, 5)", [&](const Calls& calls) { return calls.read(p.c, nullptr, 5); });
  s.read(p.c, 10);
  s.call("write(c, null, 0)", [&](const Calls& calls) { return calls.write(p.c, nullptr, 0); });
  s.call("write(c, null, 5)", [&](const Calls& calls) { return calls.write(p.c, nullptr, 5); });
  s.settle();
  s.read(p.a, 10);
}

void null_vectors(Script& s) {
  const Pair p = s.connected();
  s.call("writev(c, null, 1)", [&](const Calls& calls) { return calls.writev(p.c, nullptr, 1); });
  s.call("readv(c, null, 1)", [&](const Calls& calls) { return calls.readv(p.c, nullptr, 1); });
  s.call("sendmsg(c, null)", [&](const Calls& calls) { return calls.sendmsg(p.c, nullptr, MSG_NOSIGNAL); });
  s.call("recvmsg(c, null)", [&](const Calls& calls) { return calls.recvmsg(p.c, nullptr, 0); });
}

void null_options(Script& s) {
  const int c = s.client();
  socklen_t length = sizeof(int);
  s.call("setsockopt(c, SO_KEEPALIVE, null)",
         [&](const Calls& calls) { return calls.setsockopt(c, SOL_SOCKET, SO_KEEPALIVE, nullptr, sizeof(int)); });
  s.call("setsockopt(c, TCP_NODELAY, null)",
         [&](const Calls& calls) { return calls.setsockopt(c, IPPROTO_TCP, TCP_NODELAY, nullptr, sizeof(int)); });
  s.call("getsockopt(c, SO_TYPE, null)",
         [&](const Calls& calls) { return calls.getsockopt(c, SOL_SOCKET, SO_TYPE, nullptr, &length); });
  s.call("getsockopt(c, TCP_NODELAY, null)",
         [&](const Calls& calls) { return calls.getsockopt(c, IPPROTO_TCP, TCP_NODELAY, nullptr, &length); });
}

void null_waits(Script& s) {
  const int e = s.epoll(Side::Client, "e");
  s.call("poll(null, 1)", [](const Calls& calls) { return calls.poll(nullptr, 1, 0); });
  s.call("poll(null, 0)", [](const Calls& calls) { return calls.poll(nullptr, 0, 0); });
  const int c = s.client();
  s.epoll_add(e, c, EPOLLOUT);
  s.call("epoll_wait(e, null, 1)", [&](const Calls& calls) { return calls.epoll_wait(e, nullptr, 1, 0); });
}

void names_in_little_room(Script& s) {
  const Pair p = s.connected();
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  for (const socklen_t room : {0U, 2U, 4U, 200U}) {
    socklen_t length = room;
    s.call("getsockname in little room", [&](const Calls& calls) { return calls.getsockname(p.c, address, &length); });
    s.call("the length given", [&](const Calls&) -> ssize_t { return length; });
  }
  socklen_t negative = static_cast<socklen_t>(-1);
  s.call("getsockname in -1 bytes", [&](const Calls& calls) { return calls.getsockname(p.c, address, &negative); });
  s.call("getpeername in -1 bytes", [&](const Calls& calls) { return calls.getpeername(p.c, address, &negative); });
}

}  // namespace

std::vector<Case> bad_argument_cases() {
  return {
      {"families", families},
      {"types", types, Versions::Both},
      {"unknown_flags_of_a_type", unknown_flags_of_a_type},
      {"protocols", protocols, Versions::Both},
      {"negative_descriptor", negative_descriptor},
      {"bind_short_address", bind_short_address, Versions::Both},
      {"bind_wrong_family", bind_wrong_family, Versions::Both},
      {"bind_unspecified_family", bind_unspecified_family},
      {"bind_foreign_address", bind_foreign_address, Versions::Both},
      {"bind_multicast", bind_multicast},
      {"null_addresses", null_addresses},
      {"null_lengths", null_lengths},
      {"null_buffers", null_buffers},
      {"null_vectors", null_vectors},
      {"null_options", null_options},
      {"null_waits", null_waits},
      {"names_in_little_room", names_in_little_room, Versions::Both},
  };
}

}  // namespace millrace::conformance
