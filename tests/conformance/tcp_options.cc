// Options of level IPPROTO_TCP.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void walk(Script& s, int option, std::initializer_list<int> values) {
  const int c = s.client();
  s.get(c, IPPROTO_TCP, option);
  for (const int value : values) {
    s.set(c, IPPROTO_TCP, option, value);
    s.get(c, IPPROTO_TCP, option);
  }
}

void no_delay(Script& s) { walk(s, TCP_NODELAY, {1, 0, 5}); }
void cork(Script& s) { walk(s, TCP_CORK, {1, 0, 5}); }
void keep_idle(Script& s) { walk(s, TCP_KEEPIDLE, {1, 32767, 0, 32768, -1}); }
void keep_interval(Script& s) { walk(s, TCP_KEEPINTVL, {1, 32767, 0, 32768, -1}); }
void keep_count(Script& s) { walk(s, TCP_KEEPCNT, {2, 127, 0, 128, -1}); }
void keep_count_of_one(Script& s) { walk(s, TCP_KEEPCNT, {1}); }
void user_timeout(Script& s) { walk(s, TCP_USER_TIMEOUT, {1, 60000, 0, -1}); }
void syn_count(Script& s) { walk(s, TCP_SYNCNT, {1, 127, 0, 128, -1}); }
void linger_2(Script& s) { walk(s, TCP_LINGER2, {5, 60, -1, 0}); }
void linger_2_is_bounded(Script& s) { walk(s, TCP_LINGER2, {120, 121, 100000}); }
void defer_accept(Script& s) { walk(s, TCP_DEFER_ACCEPT, {1, 2, 4, 10, 0}); }
void quick_ack(Script& s) { walk(s, TCP_QUICKACK, {0, 1}); }
void not_sent_low_water_mark(Script& s) { walk(s, TCP_NOTSENT_LOWAT, {16384, 0}); }
void fast_open(Script& s) { walk(s, TCP_FASTOPEN, {5, 0, 4096, 4097, -1}); }
void fast_open_connect(Script& s) { walk(s, TCP_FASTOPEN_CONNECT, {1, 2, -1, 0}); }

void fast_open_of_a_connection(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_FASTOPEN, 1);
  s.set(p.c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  s.set(p.l, IPPROTO_TCP, TCP_FASTOPEN, 5);
  s.get(p.l, IPPROTO_TCP, TCP_FASTOPEN);
  s.set(p.l, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
}

/// Nobody has given a cookie: it is asked for, and all else is as usual.
void fast_open_without_a_cookie(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.set(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  s.connect(c, l);
  s.settle();
  s.ready(c);
  s.send(c, "hello");
  const int a = s.accept(l, "a");
  s.settle();
  s.read(a, 10);
  s.close(a);
  s.close(c);
}

void window_clamp(Script& s) { walk(s, TCP_WINDOW_CLAMP, {20000, 1, 0}); }
void maximum_segment_size(Script& s) { walk(s, TCP_MAXSEG, {1000, 88, 536, 87, 32768, 0}); }

void segment_size_in_force(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.set(c, IPPROTO_TCP, TCP_MAXSEG, 1000);
  const Pair p = s.join(c, l);
  s.get(p.c, IPPROTO_TCP, TCP_MAXSEG);
  s.get(p.a, IPPROTO_TCP, TCP_MAXSEG);
}

void segment_size_of_the_listener(Script& s) {
  const int l = s.server("l");
  s.set(l, IPPROTO_TCP, TCP_MAXSEG, 800);
  s.bind(l);
  s.listen(l);
  s.get(l, IPPROTO_TCP, TCP_MAXSEG);
  const Pair p = s.join(s.client(), l);
  s.get(p.c, IPPROTO_TCP, TCP_MAXSEG);
  s.get(p.a, IPPROTO_TCP, TCP_MAXSEG);
}

void segment_size_after_connecting(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.set(c, IPPROTO_TCP, TCP_MAXSEG, 1000);
  const Pair p = s.join(c, l);
  s.set(p.c, IPPROTO_TCP, TCP_MAXSEG, 600);
  s.get(p.c, IPPROTO_TCP, TCP_MAXSEG);
}

void bytes_in_small_segments(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.set(c, IPPROTO_TCP, TCP_MAXSEG, 100);
  const Pair p = s.join(c, l);
  s.write(p.c, std::string(5000, 'z'));
  s.acknowledged();
  s.recv(p.a, 6000, MSG_WAITALL);
}

void congestion_control(Script& s) {
  const int c = s.client();
  s.get_congestion(c);
  s.set_congestion(c, "reno");
  s.get_congestion(c);
  s.set_congestion(c, "no-such-thing");
  s.get_congestion(c);
  s.set_congestion(c, "");
}

void congestion_control_when_connected(Script& s) {
  const int l = s.listening();
  s.get_congestion(l);
  s.set_congestion(l, "reno");
  const Pair p = s.join(s.client(), l);
  s.get_congestion(p.a);
  s.set_congestion(p.a, "reno");
  s.get_congestion(p.a);
  s.set_congestion(p.a, "no-such-thing");
  s.get_congestion(p.a);
  s.get_congestion(p.c);
  s.write(p.c, "still works");
  s.acknowledged();
  s.read(p.a, 100);
}

void room_for_the_congestion_control(Script& s) {
  const int c = s.client();
  s.get_congestion(c, 16);
  s.get_congestion(c, 3);
  s.get_congestion(c, 0);
  s.get_congestion(c, 40);
}

void when_connected(Script& s) {
  const Pair p = s.connected();
  for (const int option : {TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT, TCP_SYNCNT}) {
    s.set(p.c, IPPROTO_TCP, option, 3);
    s.get(p.c, IPPROTO_TCP, option);
  }
}

void quick_ack_when_connected(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_QUICKACK, 0);
  s.get(p.c, IPPROTO_TCP, TCP_QUICKACK);
  s.set(p.c, IPPROTO_TCP, TCP_QUICKACK, 1);
  s.get(p.c, IPPROTO_TCP, TCP_QUICKACK);
}

void survive_a_failed_connect(Script& s) {
  const int holder = s.server("holder");
  s.bind(holder);
  const int c = s.client();
  s.set(c, IPPROTO_TCP, TCP_NODELAY, 1);
  s.set(c, IPPROTO_TCP, TCP_KEEPIDLE, 33);
  s.connect(c, holder);
  s.settle();
  s.so_error(c);
  s.get(c, IPPROTO_TCP, TCP_NODELAY);
  s.get(c, IPPROTO_TCP, TCP_KEEPIDLE);
}

void defer_accept_when_connected(Script& s) {
  const Pair p = s.connected();
  s.get(p.c, IPPROTO_TCP, TCP_DEFER_ACCEPT);
  s.set(p.c, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5);
  s.get(p.c, IPPROTO_TCP, TCP_DEFER_ACCEPT);
}

void cork_and_no_delay_together(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.set(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
  s.write(p.c, "held");
  s.settle();
  s.ready(p.a);
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 0);
  s.settle();
  s.read(p.a, 10);
}

}  // namespace

std::vector<Case> tcp_option_cases() {
  return {
      {"no_delay", no_delay, Versions::Both},
      {"cork", cork},
      {"keep_idle", keep_idle},
      {"keep_interval", keep_interval},
      {"keep_count", keep_count},
      {"keep_count_of_one", keep_count_of_one},
      {"user_timeout", user_timeout},
      {"syn_count", syn_count},
      {"linger_2", linger_2},
      {"linger_2_is_bounded", linger_2_is_bounded},
      {"defer_accept", defer_accept},
      {"quick_ack", quick_ack},
      {"not_sent_low_water_mark", not_sent_low_water_mark},
      {"fast_open", fast_open},
      {"fast_open_connect", fast_open_connect},
      {"fast_open_of_a_connection", fast_open_of_a_connection},
      {"fast_open_without_a_cookie", fast_open_without_a_cookie},
      {"window_clamp", window_clamp},
      {"maximum_segment_size", maximum_segment_size},
      {"segment_size_in_force", segment_size_in_force, Versions::Both},
      {"segment_size_of_the_listener", segment_size_of_the_listener},
      {"segment_size_after_connecting", segment_size_after_connecting},
      {"bytes_in_small_segments", bytes_in_small_segments},
      {"congestion_control", congestion_control},
      {"congestion_control_when_connected", congestion_control_when_connected},
      {"room_for_the_congestion_control", room_for_the_congestion_control},
      {"when_connected", when_connected},
      {"quick_ack_when_connected", quick_ack_when_connected},
      {"survive_a_failed_connect", survive_a_failed_connect},
      {"defer_accept_when_connected", defer_accept_when_connected},
      {"cork_and_no_delay_together", cork_and_no_delay_together},
  };
}

}  // namespace millrace::conformance
