// The transmission control block (RFC 9293 3.3.1): all the state of one connection.
//
// Owned by the shard's ConnectionTable, named by a 32-bit index, touched by one thread. What few connections have lives
// elsewhere: reassembly and RarePart, each in a slab of its own. Field names are the RFC's. Deadlines are wheel ticks;
// 0 means "not set".
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/slab.h"
#include "base/time.h"
#include "cc/algorithm.h"
#include "cc/facts.h"
#include "flow/flow_key.h"
#include "pkt/packet_queue.h"
#include "tcp/event.h"
#include "tcp/listener.h"
#include "tcp/rtt.h"
#include "tcp/segment.h"
#include "tcp/state.h"
#include "timer/wheel.h"
#include "wire/address.h"

namespace millrace::tcp {

/// A deadline in wheel ticks modulo 2^32, never 0 when set (0: not set). Good for 9 h from now; see timers.h.
using Tick = std::uint32_t;

/// What the connection owes the network; output.cc pays.
enum Owed : std::uint8_t {
  kOweAck = 1,     ///< an ACK, now
  kOweSyn = 2,     ///< SYN or SYN,ACK
  kOweRst = 4,     ///< RST, then the Tcb goes
  kOweData = 8,    ///< data, FIN or a retransmission may be sendable
  kOweProbe = 16,  ///< zero-window probe
  kOweKeepalive = 32,
  kOweTailProbe = 64,  ///< RFC 8985 7.3
};

/// The state of ECN in one byte: see ecn.h.
enum EcnBit : std::uint8_t {
  kEcnMode = 3,            ///< EcnMode; in SYN-SENT what was asked for
  kEcnEct = 4,             ///< new data goes out as ECT(0)
  kEcnDeaf = 8,            ///< the peer's feedback is not believed (RFC 9768 3.2.2.4)
  kEcnCwrDue = 16,         ///< classic sender: CWR on the next new data
  kEcnEcho = 32,           ///< classic receiver: ECE until CWR comes
  kEcnLastCe = 64,         ///< the last segment (classic: the last text) was marked
  kEcnHandshakeAck = 128,  ///< accurate: the next bare ACK says how the SYN,ACK came (RFC 9768 3.2.2.1)
  kEcnEachMark = 128,      ///< classic: ECE follows each mark (RFC 8257 3.2)
};

enum Flag : std::uint32_t {
  kNoDelay = 1u << 0,          ///< Nagle off
  kSackPermitted = 1u << 1,    ///< both sides
  kTimestamps = 1u << 2,       ///< both sides (RFC 7323)
  kActiveOpen = 1u << 3,       ///< MUST-11
  kFinQueued = 1u << 4,        ///< our side was closed by the application
  kFinSent = 1u << 5,          ///< snd_nxt covers the FIN
  kPeerFin = 1u << 6,          ///< the peer's FIN was reached
  kOrphan = 1u << 7,           ///< the application gave the connection up: no events
  kAbortWhenAcked = 1u << 8,   ///< RST once the send queue is acknowledged
  kPersist = 1u << 9,          ///< the retransmission deadline is a zero-window probe's
  kUnlinked = 1u << 10,        ///< no longer in the flow table
  kOnReady = 1u << 11,         ///< in the ReadyList
  kOnEvents = 1u << 12,        ///< in the EventList
  kWantRoom = 1u << 13,        ///< a send was cut short: Writable is due when room appears
  kDead = 1u << 14,            ///< release when no list holds it
  kCwndLimited = 1u << 15,     ///< the last output was stopped by cwnd
  kRetransmitted = 1u << 16,   ///< the RTO fired since the last new ACK
  kWindowScaling = 1u << 17,   ///< both sides (RFC 7323 2.2)
  kKeepalive = 1u << 18,       ///< see RarePart
  kUserTimeout = 1u << 19,     ///< R2 of its own, see RarePart
  kReceiveTimeout = 1u << 20,  ///< see RarePart
  kNoErrorReports = 1u << 21,  ///< the application wants no soft errors (SHLD-20)
  kSmallerMss = 1u << 22,      ///< the path carries less than was agreed on, see path_mtu.h
  kUrgentToRead = 1u << 23,    ///< see urgent.h
  kUrgentToSend = 1u << 24,
  kLinger = 1u << 25,      ///< close() waits for the acknowledgment of what is queued, see RarePart
  kLingering = 1u << 26,   ///< and is doing so: only Closed is told
  kCorked = 1u << 27,      ///< only full segments, until the user pulls the cork
  kPaceWindow = 1u << 28,  ///< paced also if the algorithm gives only a window, see pacing.h
  kTailProbe = 1u << 29,   ///< Sender::loss_at is a tail loss probe's, not RACK's; with nothing outstanding it ends the
                           ///< sending part's wait, see recovery_on_idle
  kFastOpen = 1u << 30,    ///< opened by us, and the SYN may carry text; see fast_open_client.h
  kFastOpenPending = 1u << 31,  ///< accepted with the SYN, in SYN-RECEIVED; see fast_open_server.h
};

/// Buffers whose size is the application's choice; the others are tuned, see receive_tuning.h and send_tuning.h.
enum FixedBuffer : std::uint8_t { kFixedReceive = 1, kFixedSend = 2 };

struct Tcb {
  flow::FlowKey key;
  timer::Node timer;

  // Receive sequence space.
  SeqNum rcv_nxt;
  SeqNum rcv_adv;  ///< right edge advertised; RCV.WND = rcv_adv - rcv_nxt; never moves left
  // Send sequence space.
  SeqNum snd_una;
  SeqNum snd_nxt;                 ///< highest sent plus one
  std::uint32_t snd_wnd = 0;      ///< bytes, scaled
  SeqNum snd_wl1;                 ///< SND.WL2 is not kept, see update_send_window
  std::uint32_t max_snd_wnd = 0;  ///< largest window seen (SWS avoidance, RFC 5961 5)
  SeqNum iss;

  State state = State::Closed;
  std::uint8_t owed = 0;        ///< Owed bits
  std::uint8_t snd_wscale = 0;  ///< shift of the peer's window field
  std::uint8_t rcv_wscale = 0;  ///< shift of ours
  std::uint32_t flags = 0;      ///< Flag bits
  std::uint16_t smss = 536;     ///< what we may send, before options (MUST-16)
  std::uint16_t rmss = 536;     ///< what we announced (MUST-67)

  // Timers. The sending part and the rare part have deadlines of their own, see timers.h.
  Tick rexmit_at = 0;  ///< retransmission (RFC 6298) or zero-window probe
  Tick delayed_ack_at = 0;
  Tick user_at = 0;                        ///< connect timeout or R2
  [[no_unique_address]] RttEstimator rtt;  ///< what follows lies in its padding

  // Congestion control and recovery; see sender.h.
  cc::Phase phase = cc::Phase::Open;
  std::uint8_t dup_acks_owed = 0;    ///< duplicate ACKs due for segments out of order
  std::uint8_t hop_limit = 0;        ///< of every segment (MUST-49)
  std::uint32_t sender_or_cwnd = 0;  ///< the sending part, if has_sender; else cwnd in bytes: see recovery.h

  // Timestamps (RFC 7323).
  std::uint32_t ts_recent = 0;
  std::uint32_t ts_recent_at_s = 0;  ///< when, in seconds: ts_recent expires after 24 days
  std::uint32_t ts_offset = 0;
  SeqNum last_ack_sent;  ///< RCV.NXT as last sent (RFC 7323 4.3, delayed ACK)

  std::uint16_t pending_events = 0;                    ///< bits of EventKind
  CloseRule rule = CloseRule::None;                    ///< why it ended; with kAbortWhenAcked, why it will
  std::uint8_t dscp = 0;                               ///< of every segment (MUST-48)
  std::uint16_t listener = kNoListener;                ///< that it came from; none: opened by us
  cc::Algorithm algorithm : 4 = cc::Algorithm::Cubic;  ///< that it is to use
  std::uint8_t fixed_buffers : 2 = 0;                  ///< FixedBuffer bits
  bool has_sender : 1 = false;                         ///< else no data was sent yet, or not of late
  std::uint8_t ecn = 0;                                ///< EcnBit
  std::uint32_t last_sent_ms = 0;                      ///< last new data (RFC 7661 4.4.3)
  std::uint32_t rare = base::kNoIndex;                 ///< see rare_part.h

  pkt::PacketQueue snd_queue;  ///< from SND.UNA (ISS + 1 before the SYN is acknowledged)
  pkt::PacketQueue rcv_queue;  ///< in order, not consumed
  std::uint32_t reassembly = base::kNoIndex;
  std::uint32_t snd_buffer = 0;     ///< bound of snd_queue.truesize()
  std::uint32_t rcv_buffer = 0;     ///< bound of rcv_queue.truesize() plus reassembly
  std::uint32_t data_segments = 0;  ///< sent with text, each time that they were
  std::uint64_t user = 0;           ///< the application's

  // For people.
  Time opened{};
  std::uint64_t bytes_in = 0;   ///< received in order
  std::uint64_t bytes_out = 0;  ///< acknowledged by the peer

  [[nodiscard]] bool has(std::uint32_t flag) const noexcept { return (flags & flag) != 0; }
  void set(std::uint32_t flag) noexcept { flags |= flag; }
  void clear(std::uint32_t flag) noexcept { flags &= ~flag; }

  [[nodiscard]] std::uint32_t rcv_wnd() const noexcept { return rcv_adv - rcv_nxt; }
  /// Bytes and controls sent and not acknowledged.
  [[nodiscard]] std::uint32_t flight_size() const noexcept { return snd_nxt - snd_una; }
  [[nodiscard]] bool syn_acked() const noexcept { return snd_una != iss; }
  /// No data of ours is outstanding: nothing is, or the SYN alone.
  [[nodiscard]] bool no_data_in_flight() const noexcept { return snd_nxt == snd_queue_seq(); }
  /// Sequence number of the first byte of snd_queue.
  [[nodiscard]] SeqNum snd_queue_seq() const noexcept { return syn_acked() ? snd_una : iss + 1; }
  /// One past the last byte queued: the FIN's place.
  [[nodiscard]] SeqNum snd_queue_end() const noexcept { return snd_queue_seq() + snd_queue.bytes(); }
  [[nodiscard]] bool fin_acked() const noexcept { return has(kFinSent) && snd_una == snd_nxt; }
  [[nodiscard]] bool is_v4() const noexcept { return wire::IpAddress{key.remote_address}.is_v4(); }
  /// Bytes of options in every segment besides SYNs: timestamps, padded (RFC 7323 appendix A).
  [[nodiscard]] std::uint32_t option_bytes() const noexcept { return has(kTimestamps) ? 12 : 0; }
  /// In a state in which the peer's data is still accepted.
  [[nodiscard]] bool receiving() const noexcept {
    return state == State::Established || state == State::FinWait1 || state == State::FinWait2 || has(kFastOpenPending);
  }
};
// What every segment reads lies in the first two cache lines.
static_assert(offsetof(Tcb, rtt) <= 128 && sizeof(Tcb) <= 208);

}  // namespace millrace::tcp
