// Sockets, names, listeners and connections that come about.
#include <fcntl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void fresh_socket(Script& s) {
  const int c = s.client();
  s.getsockname(c);
  s.getpeername(c);
  s.ready(c);
  s.so_error(c);
  s.get(c, SOL_SOCKET, SO_ACCEPTCONN);
  s.close(c);
}

void flags_of_socket(Script& s) {
  const int blocking = s.client("blocking", kBlocking);
  const int nonblocking = s.client("nonblocking", kNonblocking | SOCK_CLOEXEC);
  s.fcntl(blocking, F_GETFL);
  s.fcntl(blocking, F_GETFD);
  s.fcntl(nonblocking, F_GETFL);
  s.fcntl(nonblocking, F_GETFD);
  s.fcntl(blocking, F_SETFL, O_NONBLOCK);
  s.fcntl(blocking, F_GETFL);
  s.fcntl(blocking, F_SETFD, FD_CLOEXEC);
  s.fcntl(blocking, F_GETFD);
  s.fcntl(nonblocking, F_SETFL, 0);
  s.fcntl(nonblocking, F_GETFL);
}

void connect_nonblocking(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.ready(c);
  s.so_error(c);
  s.connect(c, l);
  s.connect(c, l);
  s.getsockname(c);
  s.getpeername(c);
}

void connect_of_a_bound_socket(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.bind(c);
  s.getsockname(c);
  s.connect(c, l);
  s.settle();
  s.getsockname(c);
  s.accept(l, "a");
}

void connect_from_any_address(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.bind(c, s.any());
  s.connect(c, l);
  s.settle();
  s.getsockname(c);
  s.accept(l, "a");
}

void names_of_both_ends(Script& s) {
  const Pair p = s.connected();
  s.getsockname(p.c);
  s.getpeername(p.c);
  s.getsockname(p.a);
  s.getpeername(p.a);
  s.ready(p.c);
  s.ready(p.a);
  s.ready(p.l);
}

void connecting_without_an_answer(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.connect(c, l);
  s.settle();
  s.connect(c, l);
  s.ready(c);
  s.so_error(c);
  s.getsockname(c);
  s.getpeername(c);
  s.read(c, 10);
  s.send(c, "early");
  s.close(c);
}

void shutdown_while_connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.connect(c, l);
  s.shutdown(c, SHUT_WR);
  s.ready(c);
  s.send(c, "late");
  s.so_error(c);
  s.read(c, 10);
}

void disconnect(Script& s) {
  const Pair p = s.connected();
  Address unspecified;
  unspecified.storage.ss_family = AF_UNSPEC;
  unspecified.length = sizeof(sockaddr);
  s.connect(p.c, unspecified);
  s.ready(p.c);
  s.getpeername(p.c);
  s.settle();
  s.ready(p.a);
  s.read(p.a, 10);
  s.connect(p.c, p.l);
  s.settle();
  s.accept(p.l, "second");
}

void disconnect_while_connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  Address unspecified;
  unspecified.storage.ss_family = AF_UNSPEC;
  unspecified.length = sizeof(sockaddr);
  s.lose(c);
  s.connect(c, l);
  s.connect(c, unspecified);
  s.ready(c);
  s.getpeername(c);
}

}  // namespace

std::vector<Case> open_cases() {
  return {
      {"fresh_socket", fresh_socket, Versions::Both},
      {"flags_of_socket", flags_of_socket},
      {"connect_nonblocking", connect_nonblocking, Versions::Both},
      {"connect_of_a_bound_socket", connect_of_a_bound_socket, Versions::Both},
      {"connect_from_any_address", connect_from_any_address, Versions::Both},
      {"names_of_both_ends", names_of_both_ends, Versions::Both},
      {"connecting_without_an_answer", connecting_without_an_answer, Versions::Both},
      {"shutdown_while_connecting", shutdown_while_connecting},
      {"disconnect", disconnect},
      {"disconnect_while_connecting", disconnect_while_connecting},
  };
}

}  // namespace millrace::conformance
