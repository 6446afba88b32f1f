// The numbers of one shard's TCP. One thread writes, any may read.
#pragma once

#include <array>
#include <string_view>

#include "base/counter.h"
#include "tcp/close_rule.h"
#include "tcp/outcome.h"

namespace millrace::tcp {

struct TcpCounters {
  std::array<base::Counter, kOutcomes> outcome;  ///< segments received, by outcome; the sum is all of them

  std::array<base::Counter, kCloseRules> closed;  ///< ends of connections and half-open ones, by rule

  base::Counter active_opens;   ///< connect() that sent a SYN
  base::Counter passive_opens;  ///< half-open connections that completed
  base::Counter established;    ///< gauge: Tcbs in ESTABLISHED or CLOSE-WAIT
  base::Counter resets_sent;
  base::Counter resets_received;  ///< believed
  base::Counter challenge_acks;
  base::Counter challenge_acks_limited;  ///< not sent because of the limit
  base::Counter segments_sent;
  base::Counter retransmits;          ///< segments
  base::Counter timeouts;             ///< retransmission timer expiries
  base::Counter fast_retransmits;     ///< fast recoveries entered
  base::Counter tail_loss_probes;     ///< RFC 8985 7
  base::Counter spurious_recoveries;  ///< fast recoveries taken back: nothing was lost
  base::Counter spurious_timeouts;    ///< timeouts taken back
  base::Counter dsacks_received;      ///< ACKs that report a duplicate (RFC 2883)
  base::Counter duplicates_received;  ///< segments whose text had arrived before, from peers with SACK
  base::Counter sacks_reneged;        ///< timeouts at which the peer had dropped what it had reported (RFC 2018 8)
  base::Counter ecn_reductions;       ///< windows reduced by marks (RFC 3168)
  base::Counter no_sent_record;       ///< table of sent segments full: segment sent later
  base::Counter orphans;              ///< gauge: given up by the application, not yet finished
  base::Counter orphans_reset;        ///< because there were too many
  base::Counter linger_timeouts;
  base::Counter soft_errors;        ///< ICMP errors about what is outstanding, and R1
  base::Counter icmp_ignored;       ///< ICMP errors about nothing outstanding
  base::Counter path_mtu_lowered;   ///< connections whose MSS fell by "too big"
  base::Counter path_mtu_restored;  ///< connections that try the full size again
  base::Counter black_holes;        ///< connections whose MSS fell because full-sized segments timed out
  base::Counter window_probes;
  base::Counter keepalive_probes;
  base::Counter time_waits;          ///< entries made
  base::Counter time_waits_evicted;  ///< forgotten before 2 MSL because the table was full
  base::Counter time_waits_reused;   ///< ended by us for a new connection of the same 4-tuple (RFC 6191)
  base::Counter no_ports_left;       ///< connect() that found no source port
  base::Counter half_open_expired;
  base::Counter syn_cache_full;              ///< SYNs for which a listener without cookies had no room
  base::Counter syn_cookies_sent;            ///< SYN,ACKs whose state the peer keeps
  base::Counter syn_cookies_accepted;        ///< connections made of their ACKs
  base::Counter syn_cookies_rejected;        ///< ACKs that no cookie of ours explains, while cookies were about
  base::Counter fast_open_requests;          ///< SYNs that asked for a Fast Open cookie
  base::Counter fast_open_active;            ///< SYNs that carried one
  base::Counter fast_open_active_accepted;   ///< of them, those whose text the SYN,ACK acknowledged
  base::Counter fast_open_fallbacks;         ///< of both, those lost or refused, and of texts not taken: ordinary again
  base::Counter fast_open_passive;           ///< connections accepted with their SYN
  base::Counter fast_open_cookies_sent;      ///< given to clients
  base::Counter fast_open_cookies_rejected;  ///< that clients brought and that were not good
  base::Counter fast_open_no_room;           ///< good cookies without a place, table or packets for their connection
  base::Counter syn_rejected_by_policy;      ///< SYNs and strays answered by RST, because of where they came from
  base::Counter listener_full;               ///< SYNs and handshakes above a listener's limit of connections
  base::Counter ecn_classic;                 ///< connections established with RFC 3168's ECN
  base::Counter ecn_accurate;                ///< with RFC 9768's; all others have none
  base::Counter ce_received;                 ///< segments that the network had marked
  base::Counter ece_received;                ///< ACKs that report marks on our segments
  base::Counter ecn_mangled;          ///< connections that stopped sending ECT: a path changes the field or the flags
  base::Counter output_no_packet;     ///< control pool empty: segment sent later
  base::Counter replies_dropped;      ///< answers to nobody's segments that found no room
  base::Counter payload_copies;       ///< copies of 256 bytes of payload or more
  base::Counter compacted_bytes;      ///< bytes copied in smaller pieces
  base::Counter reassembly_given_up;  ///< buffers out of order dropped for text in order
  base::Counter malformed_options;    ///< option area ended early (MUST-7)
  // Bytes of real memory, see buffer_memory.h.
  base::Counter receive_memory;   ///< gauge: held in receive queues and out of order
  base::Counter receive_granted;  ///< gauge: by what tuned receive buffers have grown
  base::Counter receive_budget;   ///< gauge: the bound of both
  base::Counter send_memory;      ///< gauge: held in send queues
  base::Counter send_budget;      ///< gauge: its bound
  base::Counter sends_refused;    ///< sends cut short by the budget or by a pool that is nearly empty
};

/// Calls visit(name, value) for every number except outcomes and ends, in a fixed order.
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
  visit("tail_loss_probes", c.tail_loss_probes.get());
  visit("spurious_recoveries", c.spurious_recoveries.get());
  visit("spurious_timeouts", c.spurious_timeouts.get());
  visit("dsacks_received", c.dsacks_received.get());
  visit("duplicates_received", c.duplicates_received.get());
  visit("sacks_reneged", c.sacks_reneged.get());
  visit("ecn_reductions", c.ecn_reductions.get());
  visit("no_sent_record", c.no_sent_record.get());
  visit("orphans", c.orphans.get());
  visit("orphans_reset", c.orphans_reset.get());
  visit("linger_timeouts", c.linger_timeouts.get());
  visit("soft_errors", c.soft_errors.get());
  visit("icmp_ignored", c.icmp_ignored.get());
  visit("path_mtu_lowered", c.path_mtu_lowered.get());
  visit("path_mtu_restored", c.path_mtu_restored.get());
  visit("black_holes", c.black_holes.get());
  visit("window_probes", c.window_probes.get());
  visit("keepalive_probes", c.keepalive_probes.get());
  visit("time_waits", c.time_waits.get());
  visit("time_waits_evicted", c.time_waits_evicted.get());
  visit("time_waits_reused", c.time_waits_reused.get());
  visit("no_ports_left", c.no_ports_left.get());
  visit("half_open_expired", c.half_open_expired.get());
  visit("syn_cache_full", c.syn_cache_full.get());
  visit("syn_cookies_sent", c.syn_cookies_sent.get());
  visit("syn_cookies_accepted", c.syn_cookies_accepted.get());
  visit("syn_cookies_rejected", c.syn_cookies_rejected.get());
  visit("fast_open_requests", c.fast_open_requests.get());
  visit("fast_open_active", c.fast_open_active.get());
  visit("fast_open_active_accepted", c.fast_open_active_accepted.get());
  visit("fast_open_fallbacks", c.fast_open_fallbacks.get());
  visit("fast_open_passive", c.fast_open_passive.get());
  visit("fast_open_cookies_sent", c.fast_open_cookies_sent.get());
  visit("fast_open_cookies_rejected", c.fast_open_cookies_rejected.get());
  visit("fast_open_no_room", c.fast_open_no_room.get());
  visit("syn_rejected_by_policy", c.syn_rejected_by_policy.get());
  visit("listener_full", c.listener_full.get());
  visit("ecn_classic", c.ecn_classic.get());
  visit("ecn_accurate", c.ecn_accurate.get());
  visit("ce_received", c.ce_received.get());
  visit("ece_received", c.ece_received.get());
  visit("ecn_mangled", c.ecn_mangled.get());
  visit("output_no_packet", c.output_no_packet.get());
  visit("replies_dropped", c.replies_dropped.get());
  visit("payload_copies", c.payload_copies.get());
  visit("compacted_bytes", c.compacted_bytes.get());
  visit("reassembly_given_up", c.reassembly_given_up.get());
  visit("malformed_options", c.malformed_options.get());
  visit("receive_memory", c.receive_memory.get());
  visit("receive_granted", c.receive_granted.get());
  visit("receive_budget", c.receive_budget.get());
  visit("send_memory", c.send_memory.get());
  visit("send_budget", c.send_budget.get());
  visit("sends_refused", c.sends_refused.get());
}

}  // namespace millrace::tcp
