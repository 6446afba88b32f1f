// TCP_INFO.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void states_of_an_open(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.tcp_info(l, {"state"});
  s.tcp_info(c, {"state", "options", "unacked", "retransmits"});
  s.lose(c);
  s.connect(c, l);
  s.tcp_info(c, {"state"});
}

void established(Script& s) {
  const Pair p = s.connected();
  s.tcp_info(p.c, {"state", "ca_state", "retransmits", "probes", "backoff", "unacked", "sacked", "lost"});
  s.tcp_info(p.a, {"state", "ca_state", "retransmits", "probes", "backoff", "unacked", "sacked", "lost"});
  s.tcp_info(p.c, {"snd_mss", "rtt", "rto", "pmtu", "advmss", "snd_cwnd"});
}

void states_of_a_close(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.acknowledged();
  s.tcp_info(p.c, {"state"});
  s.tcp_info(p.a, {"state"});
  s.shutdown(p.a, SHUT_WR);
  s.acknowledged();
  s.tcp_info(p.a, {"state"});
}

void state_after_the_last_close(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.tcp_info(p.c, {"state"});
}

void state_after_a_reset(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.c, 1, 0);
  s.close(p.c);
  s.settle();
  s.tcp_info(p.a, {"state"});
}

void bytes(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "twelve bytes");
  s.settle();
  s.read(p.a, 100);
  s.write(p.a, "nine more");
  s.settle();
  s.read(p.c, 100);
  s.acknowledged();
  s.tcp_info(p.c, {"bytes_received", "bytes_sent", "bytes_retrans", "unacked", "notsent_bytes"});
  s.tcp_info(p.a, {"bytes_received", "bytes_sent", "bytes_retrans", "unacked", "notsent_bytes"});
  s.tcp_info(p.c, {"data_segs_in", "data_segs_out", "total_retrans"});
}

void the_sending_side(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "twelve bytes");
  s.acknowledged();
  s.read(p.a, 100);
  s.tcp_info(p.c, {"reordering", "reord_seen", "dsack_dups", "max_pacing_rate", "pacing_rate", "min_rtt", "snd_wnd"});
  s.tcp_info(p.c, {"sacked", "lost", "bytes_sent", "bytes_retrans", "data_segs_out"});
}

// Linux counts the SYN and the FIN of the peer's acknowledgments too.
void bytes_acknowledged(Script& s) {
  const Pair p = s.connected();
  s.tcp_info(p.c, {"bytes_acked"});
  s.tcp_info(p.a, {"bytes_acked"});
  s.write(p.c, "twelve bytes");
  s.acknowledged();
  s.tcp_info(p.c, {"bytes_acked"});
}

void not_sent(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "held back");
  s.tcp_info(p.c, {"notsent_bytes", "unacked"});
}

void options_agreed(Script& s) {
  const Pair p = s.connected();
  s.tcp_info(p.c, {"options"});
  s.tcp_info(p.a, {"options"});
}

void retransmissions(Script& s) {
  const Pair p = s.connected();
  s.lose(p.a);
  s.write(p.c, "lost");
  s.settle();
  s.tcp_info(p.c, {"state", "unacked", "retransmits"});
  s.pass(2000);
  s.call("ca_state is loss and retransmits > 0", [&](const Calls& calls) -> ssize_t {
    unsigned char info[8]{};
    socklen_t length = sizeof info;
    const int result = calls.getsockopt(p.c, IPPROTO_TCP, TCP_INFO, info, &length);
    return result < 0 ? result : info[1] == 4 && info[2] > 0;
  });
}

void little_room(Script& s) {
  const Pair p = s.connected();
  s.get_raw(p.c, IPPROTO_TCP, TCP_INFO, 1);
  s.get_raw(p.c, IPPROTO_TCP, TCP_INFO, 0);
  s.get_raw(p.c, IPPROTO_TCP, TCP_INFO, 3);
}

void cannot_be_set(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_INFO, 1);
}

}  // namespace

std::vector<Case> tcp_info_cases() {
  return {
      {"states_of_an_open", states_of_an_open},
      {"established", established, Versions::Both},
      {"states_of_a_close", states_of_a_close},
      {"state_after_the_last_close", state_after_the_last_close},
      {"state_after_a_reset", state_after_a_reset},
      {"bytes", bytes},
      {"the_sending_side", the_sending_side},
      {"bytes_acknowledged", bytes_acknowledged},
      {"not_sent", not_sent},
      {"options_agreed", options_agreed},
      {"retransmissions", retransmissions},
      {"little_room", little_room},
      {"cannot_be_set", cannot_be_set},
  };
}

}  // namespace millrace::conformance
