// The numbers of one shard's TCP. One thread writes, any may read.
#pragma once

#include <array>
#include <string_view>

#include "base/counter.h"
#include "tcp/outcome.h"

namespace millrace::tcp {

struct TcpCounters {
  std::array<base::Counter, kOutcomes> outcome;  ///< segments received, by outcome; the sum is all of them

  base::Counter active_opens;   ///< connect() that sent a SYN
  base::Counter passive_opens;  ///< half-open connections that completed
  base::Counter established;    ///< gauge: Tcbs in ESTABLISHED or CLOSE-WAIT
  base::Counter resets_sent;
  base::Counter resets_received;  ///< believed
  base::Counter challenge_acks;
  base::Counter challenge_acks_limited;  ///< not sent because of the limit
  base::Counter segments_sent;
  base::Counter retransmits;  ///< segments
  base::Counter timeouts;     ///< retransmission timer expiries
  base::Counter fast_retransmits;
  base::Counter window_probes;
  base::Counter keepalive_probes;
  base::Counter time_waits;          ///< entries made
  base::Counter time_waits_evicted;  ///< forgotten before 2 MSL because the table was full
  base::Counter half_open_expired;
  base::Counter output_no_packet;   ///< control pool empty: segment sent later
  base::Counter replies_dropped;    ///< answers to nobody's segments that found no room
  base::Counter payload_copies;     ///< copies of 256 bytes of payload or more
  base::Counter compacted_bytes;    ///< bytes copied in smaller pieces
  base::Counter malformed_options;  ///< option area ended early (MUST-7)
};

/// Calls visit(name, value) for every number except outcomes, in a fixed order.
template <class Visit>
void for_each(const TcpCounters& c, Visit&& visit) {
  visit("active_opens", c.active_opens.get());
  visit("passive_opens", c.passive_opens.get());
  visit("established", c.established.get());
  visit("resets_sent", c.resets_sent.get());
  visit("resets_received", c.resets_received.get());
  visit("challenge_acks", c.challenge_acks.get());
  visit("challenge_acks_limited", c.challenge_acks_limited.get());
  visit("segments_sent", c.segments_sent.get());
  visit("retransmits", c.retransmits.get());
  visit("timeouts", c.timeouts.get());
  visit("fast_retransmits", c.fast_retransmits.get());
  visit("window_probes", c.window_probes.get());
  visit("keepalive_probes", c.keepalive_probes.get());
  visit("time_waits", c.time_waits.get());
  visit("time_waits_evicted", c.time_waits_evicted.get());
  visit("half_open_expired", c.half_open_expired.get());
  visit("output_no_packet", c.output_no_packet.get());
  visit("replies_dropped", c.replies_dropped.get());
  visit("payload_copies", c.payload_copies.get());
  visit("compacted_bytes", c.compacted_bytes.get());
  visit("malformed_options", c.malformed_options.get());
}

}  // namespace millrace::tcp
