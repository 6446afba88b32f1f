// Loss recovery: when it begins, what it does to the window, when it ends (RFC 6675 5, RFC 8985 6 and 7, RFC 9937,
// RFC 6298 5, RFC 6582 for peers without SACK).
//
// What is lost is RACK's decision (rack.cc) or, without SACK, that of duplicate ACKs (duplicate_acks.cc); how much may
// be sent meanwhile is PRR's or the congestion control's. ack.cc reports acknowledgments, timers.cc deadlines,
// send_data.cc what it sent; send_data.cc asks what is to be sent again.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "cc/algorithm.h"
#include "tcp/segment.h"
#include "tcp/sent_segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;
class ConnectionTable;
struct AckNews;

/// How long a connection keeps its sending part when nothing is outstanding.
inline constexpr Duration kSenderIdle = seconds{1};

/// An ACK arrived, SND.UNA <= SEG.ACK <= SND.NXT; moves SND.UNA. `duplicate`: by RFC 5681 2.
void recovery_on_ack(Tcb& tcb, const Segment& seg, bool duplicate, Env& env) noexcept;

/// The sending part of the connection, taken now if it has none: it is about to send data.
[[nodiscard]] Sender& recovery_start(Tcb& tcb, Env& env) noexcept;
/// The congestion control to use from now on; one in use gives way to the new one, which starts from its window.
void recovery_choose(Tcb& tcb, cc::Algorithm algorithm, Env& env) noexcept;
/// Nothing has been outstanding for kSenderIdle. The sending part goes if it has learned nothing that a new one would
/// not know: of the path only the RTT, which the Tcb keeps.
void recovery_on_idle(Tcb& tcb, Env& env) noexcept;
/// Sending starts again after nothing was in flight for `idle`.
void recovery_on_restart(Tcb& tcb, Sender& sender, Duration idle, Env& env) noexcept;

/// New text (and FIN) was sent: its record is filled in, SND.NXT has moved.
void recovery_on_sent(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept;
/// A segment was sent again.
void recovery_on_resent(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept;

/// The retransmission timer expired: the first segment is sent again at once, then all that is lost, by slow start.
void recovery_on_timeout(Tcb& tcb, Env& env) noexcept;
/// RACK's reorder deadline is over.
void recovery_on_reorder_deadline(Tcb& tcb, Env& env) noexcept;
/// The network marked packets (RFC 3168 6.1.2): one reduction per round trip.
void recovery_on_ecn(Tcb& tcb, Env& env) noexcept;
/// The peer's window opened after zero-window probes: what is outstanding is sent again without blame on the network.
void recovery_after_persist(Tcb& tcb, Env& env) noexcept;
/// Segments from `from` on were too big for the path: they are sent again, smaller, without blame on the network.
void recovery_on_too_big(Tcb& tcb, SeqNum from, Env& env) noexcept;

/// A tail loss probe repaired a loss that nobody else saw (RFC 8985 7.4.2): one reduction, and no retransmission.
void recovery_on_probe_repair(Tcb& tcb, Sender& sender, Env& env) noexcept;

/// For the steps of recovery: `bytes` of `segment` are delivered, for the first time.
void note_delivered(Tcb& tcb, Sender& sender, const SentSegment& segment, std::uint32_t bytes, AckNews& news,
                    Env& env) noexcept;
/// For the steps of recovery: `segment`, in flight, is lost.
void mark_lost(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept;

/// The congestion window, in bytes, whether there is a sending part or not.
[[nodiscard]] std::uint32_t window_of(const Tcb& tcb, const ConnectionTable& table) noexcept;
void set_window_of(Tcb& tcb, std::uint32_t cwnd, Env& env) noexcept;

/// What output must send again before anything new; nullptr: nothing.
[[nodiscard]] SentSegment* retransmission_due(Sender& sender) noexcept;
/// Bytes believed to be in the network (RFC 6675 4, SetPipe()).
[[nodiscard]] std::uint32_t pipe(const Tcb& tcb, const Sender& sender) noexcept;
/// Bytes that cwnd allows to be sent now, beyond what is in the network.
[[nodiscard]] std::uint32_t cwnd_room(const Tcb& tcb, const Sender& sender) noexcept;

}  // namespace millrace::tcp
