// connect() that fails: at once, refused, or on what cannot connect.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

// A port that is bound but has no listener: nobody else can have it, and it refuses.
Address closed_port(Script& s) {
  const int holder = s.server("holder");
  s.bind(holder);
  return s.where(holder);
}

void refused(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  s.connect(c, nobody);
  s.settle();
  s.ready(c);
  s.so_error(c);
  s.so_error(c);
  s.ready(c);
  s.read(c, 10);
  s.send(c, "x");
}

void refused_told_by_read(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  s.connect(c, nobody);
  s.settle();
  s.read(c, 10);
  s.read(c, 10);
  s.so_error(c);
}

void refused_told_by_write(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  s.connect(c, nobody);
  s.settle();
  s.send(c, "x");
  s.send(c, "x");
  s.so_error(c);
}

void refused_told_by_connect(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  s.connect(c, nobody);
  s.settle();
  s.connect(c, nobody);
  s.connect(c, nobody);
  s.settle();
  s.so_error(c);
}

void refused_then_another_try(Script& s) {
  const Address nobody = closed_port(s);
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, nobody);
  s.settle();
  s.connect(c, l);
  s.connect(c, l);
  s.settle();
  s.connect(c, l);
  s.accept(l, "a");
  s.send(c, "x");
}

void refused_names(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  s.bind(c);
  s.connect(c, nobody);
  s.settle();
  s.getpeername(c);
  s.getsockname(c);
  s.shutdown(c, SHUT_RDWR);
}

void refused_in_epoll(Script& s) {
  const Address nobody = closed_port(s);
  const int c = s.client();
  const int e = s.epoll(Side::Client, "e");
  s.epoll_add(e, c, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  s.connect(c, nobody);
  s.settle();
  s.epoll_wait(e);
  s.so_error(c);
  s.epoll_wait(e);
}

void port_zero(Script& s) {
  const int c = s.client();
  s.connect(c, s.peer(c, 0));
  s.settle();
  s.so_error(c);
}

void of_a_listener(Script& s) {
  const int l = s.listening();
  const int other = s.listening("other");
  s.connect(other, l);
}

void when_connected(Script& s) {
  const Pair p = s.connected();
  s.connect(p.c, p.l);
  s.connect(p.a, p.l);
}

void after_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.read(p.c, 10);
  s.connect(p.c, p.l);
  s.connect(p.a, p.l);
}

void after_a_reset(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.a, 1, 0);
  s.close(p.a);
  s.settle();
  s.connect(p.c, p.l);
  s.connect(p.c, p.l);
  s.settle();
  s.accept(p.l, "again");
}

void short_address(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  Address address = s.where(l);
  address.length = 7;
  s.connect(c, address);
  address.length = 1;
  s.connect(c, address);
}

void wrong_family(Script& s) {
  const int c = s.client();
  Address address = s.peer(c, 9);
  address.storage.ss_family = AF_UNIX;
  s.connect(c, address);
  address.storage.ss_family = s.ipv6() ? AF_INET : AF_INET6;
  s.connect(c, address);
}

void multicast(Script& s) {
  const int c = s.client();
  Address address = s.any(9);
  reinterpret_cast<sockaddr_in&>(address.storage).sin_addr.s_addr = htonl(0xe0000001);
  s.connect(c, address);
}

void broadcast(Script& s) {
  const int c = s.client();
  Address address = s.any(9);
  reinterpret_cast<sockaddr_in&>(address.storage).sin_addr.s_addr = htonl(INADDR_BROADCAST);
  s.connect(c, address);
}

void same_four_tuple_twice(Script& s) {
  const int l = s.listening();
  const int one = s.client("one");
  const int two = s.client("two");
  s.set(one, SOL_SOCKET, SO_REUSEADDR, 1);
  s.set(two, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(one);
  s.bind(two, s.where(one));
  s.connect(one, l);
  s.settle();
  s.connect(two, l);
}

void same_port_two_servers(Script& s) {
  const int l1 = s.listening("l1");
  const int l2 = s.listening("l2");
  const int one = s.client("one");
  const int two = s.client("two");
  s.set(one, SOL_SOCKET, SO_REUSEADDR, 1);
  s.set(two, SOL_SOCKET, SO_REUSEADDR, 1);
  s.bind(one);
  s.bind(two, s.where(one));
  s.connect(one, l1);
  s.connect(two, l2);
  s.settle();
  s.accept(l1, "a1");
  s.accept(l2, "a2");
}

}  // namespace

std::vector<Case> connect_error_cases() {
  return {
      {"refused", refused, Versions::Both},
      {"refused_told_by_read", refused_told_by_read, Versions::Both},
      {"refused_told_by_write", refused_told_by_write, Versions::Both},
      {"refused_told_by_connect", refused_told_by_connect, Versions::Both},
      {"refused_then_another_try", refused_then_another_try},
      {"refused_names", refused_names},
      {"refused_in_epoll", refused_in_epoll},
      {"port_zero", port_zero},
      {"of_a_listener", of_a_listener},
      {"when_connected", when_connected},
      {"after_the_end", after_the_end},
      {"after_a_reset", after_a_reset},
      {"short_address", short_address, Versions::Both},
      {"wrong_family", wrong_family, Versions::Both},
      {"multicast", multicast},
      {"broadcast", broadcast},
      {"same_four_tuple_twice", same_four_tuple_twice},
      {"same_port_two_servers", same_port_two_servers},
  };
}

}  // namespace millrace::conformance
