// The deadlines of one connection on the shard's wheel: one node, several deadlines.
//
// The node is armed at the earliest deadline. Pushing a deadline later is one store: the node fires early and is armed
// again. Deadlines are wheel ticks modulo 2^32, so at most 9 hours ahead; longer ones are cut there.
#pragma once

#include "base/time.h"
#include "tcp/rare_part.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

struct Env;
struct Sender;
class ConnectionTable;

/// Deadlines farther ahead are cut here.
inline constexpr Duration kFarthest = hours{9};

/// The tick of a deadline, rounded up and never 0.
[[nodiscard]] Tick to_tick(Time deadline) noexcept;
/// The instant of a tick; `now` is any instant within 9 h of it.
[[nodiscard]] Time to_time(Tick tick, Time now) noexcept;
/// True when the tick is set and not after `now`.
[[nodiscard]] bool due(Tick tick, Time now) noexcept;

/// Sets one deadline and makes sure that the wheel fires in time.
void set_deadline(Tcb& tcb, Tick Tcb::*which, Time deadline, Env& env) noexcept;
/// The same for the deadline of the sending part.
void set_loss_deadline(Tcb& tcb, Sender& sender, Time deadline, Env& env) noexcept;
/// The same for a deadline of the rare part.
void set_deadline(Tcb& tcb, Tick RarePart::*which, Time deadline, Env& env) noexcept;
void clear_deadline(Tcb& tcb, Tick RarePart::*which, Env& env) noexcept;

/// A timeout as the Tcb keeps it: at least 1 ms; 0xffffffff (never) beyond what a deadline reaches.
[[nodiscard]] std::uint32_t timeout_ms(Duration timeout) noexcept;

/// The deadline of the sending part: RACK's or a tail loss probe's. 0: not set.
[[nodiscard]] Tick loss_at(const Tcb& tcb, const ConnectionTable& table) noexcept;
/// The earliest deadline of the rare part; 0 when none is set.
[[nodiscard]] Tick idle_at(const Tcb& tcb, const ConnectionTable& table) noexcept;

/// The wheel fired for this connection: carries out what is due and arms the next deadline.
void on_timer(Tcb& tcb, Env& env) noexcept;
/// The connection has ended: no deadline is left, and the wheel does not know it any more.
void end_timers(Tcb& tcb, Env& env) noexcept;

/// (Re)starts the retransmission timer at now + RTO (RFC 6298 5.1, 5.3).
void start_retransmission_timer(Tcb& tcb, Env& env) noexcept;
/// Nothing is outstanding: stops it (RFC 6298 5.2) and R2.
void stop_retransmission_timer(Tcb& tcb, Env& env) noexcept;
/// The peer made progress: R2 counts anew (RFC 9293 3.8.3).
void restart_user_timer(Tcb& tcb, Env& env) noexcept;
/// Text arrived: the receive timeout counts anew.
void restart_receive_timeout(Tcb& tcb, Env& env) noexcept;
/// Something arrived: the keepalive's idle time counts anew (MUST-26).
void restart_keepalive(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
