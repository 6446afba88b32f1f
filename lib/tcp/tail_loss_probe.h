// Tail loss probes (RFC 8985 7): when ACKs stop coming, one more segment is sent before the retransmission timer
// expires, so that its ACK lets RACK see what is missing.
#pragma once

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;
struct AckNews;

struct TailLossProbe {
  bool outstanding = false;  ///< TLP.end_seq is set
  bool is_retrans = false;   ///< TLP.is_retrans: it carried what had been sent before
  SeqNum end_seq;            ///< TLP.end_seq: SND.NXT when it was sent
};

/// 7.2: sets the probe's deadline, if a probe would make sense; new data was sent, or new data was acknowledged.
void schedule_tail_probe(Tcb& tcb, Sender& sender, Env& env) noexcept;
/// 7.3: the deadline is over.
void on_tail_probe_deadline(Tcb& tcb, Env& env) noexcept;
/// 7.3: sends the probe. False when room or packets ran out.
[[nodiscard]] bool send_tail_probe(Tcb& tcb, Env& env) noexcept;
/// 7.4.2: an ACK arrived. True if it tells that the probe repaired a loss, which congestion control must learn of.
[[nodiscard]] bool tail_probe_on_ack(const Tcb& tcb, Sender& sender, const Segment& seg, const AckNews& news) noexcept;

}  // namespace millrace::tcp
