// accept(): what is taken from the queue of a listener.
#include <fcntl.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void nothing_to_accept(Script& s) {
  const int l = s.listening();
  s.accept(l, "a");
  s.ready(l);
}

void one(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.ready(l);
  s.accept(l, "a");
  s.ready(l);
  s.accept(l, "b");
  s.getsockname(c);
}

void in_the_order_of_arrival(Script& s) {
  const int l = s.listening();
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  const int c3 = s.client("c3");
  for (const int c : {c1, c2, c3}) {
    s.connect(c, l);
    s.settle();
    s.getsockname(c);
  }
  s.accept(l, "a1");
  s.accept(l, "a2");
  s.ready(l);
  s.accept(l, "a3");
  s.ready(l);
}

void flags(Script& s) {
  const int l = s.listening();
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  s.connect(c1, l);
  s.connect(c2, l);
  s.settle();
  const int plain = s.accept(l, "plain", 0);
  const int flagged = s.accept(l, "flagged", SOCK_NONBLOCK | SOCK_CLOEXEC);
  s.fcntl(plain, F_GETFL);
  s.fcntl(plain, F_GETFD);
  s.fcntl(flagged, F_GETFL);
  s.fcntl(flagged, F_GETFD);
}

void unknown_flag(Script& s) {
  const int l = s.listening();
  s.accept_unnamed(l, "a", 1);
}

void without_room_for_an_address(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  const int a = s.accept_unnamed(l, "a");
  s.getpeername(a);
}

void short_room_for_an_address(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  sockaddr_storage room{};
  socklen_t length = 2;
  s.call("accept4 with 2 bytes of room", [&](const Calls& calls) -> ssize_t {
    const int a = calls.accept4(l, reinterpret_cast<sockaddr*>(&room), &length, SOCK_NONBLOCK);
    return a < 0 ? a : calls.close(a);
  });
  s.call("the family given", [&](const Calls&) -> ssize_t { return room.ss_family == s.family(); });
  s.call("the length given", [&](const Calls&) -> ssize_t { return length; });
}

void not_listening(Script& s) {
  const int fresh = s.server("fresh");
  const int bound = s.server("bound");
  s.bind(bound);
  s.accept(fresh, "x");
  s.accept(bound, "x");
}

void of_a_connection(Script& s) {
  const Pair p = s.connected();
  s.accept(p.c, "x");
  s.accept(p.a, "x");
}

void peer_has_closed(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.send(c, "gone soon");
  s.close(c);
  s.settle();
  s.ready(l);
  const int a = s.accept(l, "a");
  s.ready(a);
  s.read(a, 100);
  s.read(a, 100);
}

void peer_has_reset(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.set_linger(c, 1, 0);
  s.close(c);
  s.settle();
  s.ready(l);
  const int a = s.accept(l, "a");
  s.ready(a);
  s.read(a, 100);
  s.read(a, 100);
}

void data_before_accept(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.send(c, "early");
  s.settle();
  const int a = s.accept(l, "a");
  s.ready(a);
  s.read(a, 100);
}

void listener_closes_with_one_waiting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.connect(c, l);
  s.settle();
  s.connect(c, l);
  s.close(l);
  s.settle();
  s.ready(c);
  s.read(c, 100);
  s.send(c, "x");
}

void accepted_lives_on_without_its_listener(Script& s) {
  const Pair p = s.connected();
  s.close(p.l);
  s.settle();
  s.send(p.c, "still here");
  s.settle();
  s.read(p.a, 100);
  s.send(p.a, "me too");
  s.settle();
  s.read(p.c, 100);
}

void no_listener_any_more(Script& s) {
  const int l = s.listening();
  const Address gone = s.where(l);
  s.close(l);
  const int c = s.client();
  s.connect(c, gone);
  s.settle();
  s.ready(c);
  s.so_error(c);
}

}  // namespace

std::vector<Case> accept_cases() {
  return {
      {"nothing_to_accept", nothing_to_accept},
      {"one", one, Versions::Both},
      {"in_the_order_of_arrival", in_the_order_of_arrival},
      {"flags", flags},
      {"unknown_flag", unknown_flag},
      {"without_room_for_an_address", without_room_for_an_address, Versions::Both},
      {"short_room_for_an_address", short_room_for_an_address, Versions::Both},
      {"not_listening", not_listening},
      {"of_a_connection", of_a_connection},
      {"peer_has_closed", peer_has_closed, Versions::Both},
      {"peer_has_reset", peer_has_reset, Versions::Both},
      {"data_before_accept", data_before_accept},
      {"listener_closes_with_one_waiting", listener_closes_with_one_waiting, Versions::Both},
      {"accepted_lives_on_without_its_listener", accepted_lives_on_without_its_listener},
      {"no_listener_any_more", no_listener_any_more},
  };
}

}  // namespace millrace::conformance
