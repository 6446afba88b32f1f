// What ends by itself: calls that wait, connections whose peer is silent.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void read(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_time(p.a, SO_RCVTIMEO, 0, 30000);
  s.read(p.a, 10);
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_PEEK);
}

void read_all_of_too_little(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_time(p.a, SO_RCVTIMEO, 0, 30000);
  s.write(p.c, "abc");
  s.settle();
  s.recv(p.a, 10, MSG_WAITALL);
  s.recv(p.a, 10, MSG_WAITALL);
}

void read_below_the_low_water_mark(Script& s) {
  const Pair p = s.connected(kBlocking);
  s.set_time(p.a, SO_RCVTIMEO, 0, 30000);
  s.set(p.a, SOL_SOCKET, SO_RCVLOWAT, 10);
  s.write(p.c, "abc");
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void nonblocking_read_does_not_wait(Script& s) {
  const Pair p = s.connected();
  s.set_time(p.a, SO_RCVTIMEO, 10, 0);
  s.read(p.a, 10);
}

void accept(Script& s) {
  const int l = s.listening("l", kBlocking);
  s.set_time(l, SO_RCVTIMEO, 0, 30000);
  s.accept(l, "a");
}

void write(Script& s) {
  const Pair p = s.narrow(kBlocking);
  s.set_time(p.c, SO_SNDTIMEO, 0, 30000);
  s.send_much(p.c, 5'000'000);
}

void write_when_full(Script& s) {
  const Pair p = s.narrow(kBlocking);
  s.set_time(p.c, SO_SNDTIMEO, 0, 30000);
  s.fill(p.c);
  s.send(p.c, std::string(4096, 'x'));
}

void connect(Script& s) {
  const int l = s.listening();
  const int c = s.client("c", kBlocking);
  s.lose(c);
  s.set_time(c, SO_SNDTIMEO, 0, 30000);
  s.connect(c, l);
  s.connect(c, l);
  s.so_error(c);
}

void option_values(Script& s) {
  const int c = s.client();
  s.get_time(c, SO_RCVTIMEO);
  s.get_time(c, SO_SNDTIMEO);
  s.set_time(c, SO_RCVTIMEO, 3, 500000);
  s.set_time(c, SO_SNDTIMEO, 0, 40000);
  s.get_time(c, SO_RCVTIMEO);
  s.get_time(c, SO_SNDTIMEO);
  s.set_time(c, SO_RCVTIMEO, 0, 0);
  s.get_time(c, SO_RCVTIMEO);
  s.set_time(c, SO_RCVTIMEO, 0, 1000000);
  s.set_time(c, SO_RCVTIMEO, 0, -1);
  s.set_time(c, SO_RCVTIMEO, -5, 0);
  s.get_time(c, SO_RCVTIMEO);
  s.set_raw(c, SOL_SOCKET, SO_RCVTIMEO, std::string_view("\1\0\0\0", 4));
}

void poll(Script& s) {
  const Pair p = s.connected();
  s.poll({{p.a, POLLIN}}, 30);
  s.poll({{p.a, POLLIN}, {p.c, POLLOUT}}, 30);
  s.poll({}, 10);
}

void epoll(Script& s) {
  const Pair p = s.connected();
  const int e = s.epoll(Side::Server, "e");
  s.epoll_wait(e, 8, 20);
  s.epoll_add(e, p.a, EPOLLIN);
  s.epoll_wait(e, 8, 30);
}

void unanswered_syns(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.set(c, IPPROTO_TCP, TCP_SYNCNT, 1);
  s.connect(c, l);
  s.pass(1200);
  s.ready(c);
  s.pass(3300);
  s.ready(c);
  s.so_error(c);
  s.ready(c);
  s.send(c, "x");
}

void unanswered_syns_told_by_connect(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.set(c, IPPROTO_TCP, TCP_SYNCNT, 1);
  s.connect(c, l);
  s.connect(c, l);
  s.pass(4500);
  s.connect(c, l);
  s.getpeername(c);
}

void blocking_connect_without_an_answer(Script& s) {
  const int l = s.listening();
  const int c = s.client("c", kBlocking);
  s.lose(c);
  s.set(c, IPPROTO_TCP, TCP_SYNCNT, 1);
  s.connect(c, l);
  s.so_error(c);
}

void user_timeout_of_a_connect(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.lose(c);
  s.set(c, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
  s.connect(c, l);
  s.pass(3500);
  s.so_error(c);
}

void user_timeout_of_data(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
  s.lose(p.a);
  s.send(p.c, "lost");
  s.pass(200);
  s.ready(p.c);
  s.pass(3500);
  s.ready(p.c);
  s.send(p.c, "x");
  s.send(p.c, "x");
  s.read(p.c, 10);
}

void user_timeout_told_by_read(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_USER_TIMEOUT, 700);
  s.lose(p.a);
  s.send(p.c, "lost");
  s.pass(2800);
  s.read(p.c, 10);
  s.read(p.c, 10);
  s.getpeername(p.c);
}

void user_timeout_of_a_reader_who_does_not_read(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.set(p.c, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
  s.pass(4500);
  s.so_error(p.c);
}

void user_timeout_spares_the_idle(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_USER_TIMEOUT, 200);
  s.pass(800);
  s.so_error(p.c);
  s.send(p.c, "alive");
  s.settle();
  s.read(p.a, 10);
}

void keepalive(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPCNT, 2);
  s.lose(p.a);
  s.pass(1200);
  s.ready(p.c);
  s.pass(3800);
  s.ready(p.c);
  s.read(p.c, 10);
  s.read(p.c, 10);
}

void keepalive_of_a_living_peer(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPCNT, 2);
  s.pass(4500);
  s.ready(p.c);
  s.send(p.c, "still there");
  s.settle();
  s.read(p.a, 100);
}

void keepalive_of_a_vanished_peer(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  s.set(p.c, IPPROTO_TCP, TCP_KEEPCNT, 5);
  s.set(p.c, IPPROTO_TCP, TCP_USER_TIMEOUT, 2500);
  s.lose(p.a);
  s.pass(4800);
  s.so_error(p.c);
}

void retransmission_makes_it(Script& s) {
  const int l = s.listening("l", kNonblocking, 0);
  const int c1 = s.client("c1");
  const int c2 = s.client("c2");
  s.connect(c1, l);
  s.settle();
  s.connect(c2, l);
  s.settle();
  s.ready(c2);
  s.accept(l, "a1");
  s.poll({{c2, POLLOUT}}, 2500);
  s.so_error(c2);
}

void fin_wait_2_ends(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_LINGER2, 1);
  s.close(p.c);
  s.settle();
  s.read(p.a, 10);
  s.pass(2500);
  s.send(p.a, "x");
  s.settle();
  s.ready(p.a);
  s.send(p.a, "x");
}

}  // namespace

std::vector<Case> timeout_cases() {
  return {
      {"read", read, Versions::Both},
      {"read_all_of_too_little", read_all_of_too_little},
      {"read_below_the_low_water_mark", read_below_the_low_water_mark},
      {"nonblocking_read_does_not_wait", nonblocking_read_does_not_wait},
      {"accept", accept},
      {"write", write},
      {"write_when_full", write_when_full},
      {"connect", connect},
      {"option_values", option_values},
      {"poll", poll},
      {"epoll", epoll},
      {"unanswered_syns", unanswered_syns, Versions::Both},
      {"unanswered_syns_told_by_connect", unanswered_syns_told_by_connect},
      {"blocking_connect_without_an_answer", blocking_connect_without_an_answer},
      {"user_timeout_of_a_connect", user_timeout_of_a_connect},
      {"user_timeout_of_data", user_timeout_of_data},
      {"user_timeout_told_by_read", user_timeout_told_by_read},
      {"user_timeout_of_a_reader_who_does_not_read", user_timeout_of_a_reader_who_does_not_read},
      {"user_timeout_spares_the_idle", user_timeout_spares_the_idle},
      {"keepalive", keepalive, Versions::Both},
      {"keepalive_of_a_living_peer", keepalive_of_a_living_peer},
      {"keepalive_of_a_vanished_peer", keepalive_of_a_vanished_peer},
      {"retransmission_makes_it", retransmission_makes_it},
      {"fin_wait_2_ends", fin_wait_2_ends},
  };
}

}  // namespace millrace::conformance
