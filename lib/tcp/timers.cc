// What each deadline means when it is due: RFC 6298 5 for retransmission, RFC 9293 3.8.6.1 for probes, 3.8.3 for R2,
// 3.8.4 for keepalives, and the orphan's limit in FIN-WAIT-2. A handler records what is owed; a handler that ends the
// connection ends the round too.
#include "tcp/timers.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/recovery.h"

namespace millrace::tcp {
namespace {

constexpr Duration kFarthest = hours{9};
constexpr std::int64_t kTickNs = std::int64_t{1} << timer::kTickShift;

Time armed_time(const Tcb& tcb, Time now) noexcept { return to_time(tcb.timer.tick, now); }

/// The earliest deadline set; 0 when none is.
Tick earliest(const Tcb& tcb) noexcept {
  Tick first = 0;
  for (const Tick tick : {tcb.rexmit_at, tcb.delayed_ack_at, tcb.idle_at, tcb.user_at}) {
    if (tick == 0) continue;
    if (first == 0 || static_cast<std::int32_t>(tick - first) < 0) first = tick;
  }
  return first;
}

void arm_earliest(Tcb& tcb, Env& env) noexcept {
  const Tick first = earliest(tcb);
  if (first != 0) env.timers.arm(env.timer_id(tcb), to_time(first, env.now));
}

/// RFC 6298 5.4 to 5.6; for SYNs, data and FIN alike. A zero window is probed instead (RFC 9293 3.8.6.1).
void on_retransmission_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.rexmit_at = 0;
  if (tcb.has(kPersist)) {
    tcb.rtt.back_off();
    owe(tcb, kOweProbe, env);
    start_retransmission_timer(tcb, env);
    return;
  }
  if (tcb.flight_size() == 0) return;
  ++env.count.timeouts;
  if (!tcb.syn_acked()) {
    tcb.rtt.back_off();
    owe(tcb, kOweSyn, env);
  } else {
    recovery_on_timeout(tcb, env);
    tcb.rtt.back_off();
  }
  start_retransmission_timer(tcb, env);
}

/// R2 (RFC 9293 3.8.3) or the connect timeout.
void on_user_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.user_at = 0;
  if (tcb.state == State::SynSent) {
    terminate(tcb, CloseReason::ConnectTimeout, env);
    return;
  }
  reset_connection(tcb,
                   tcb.has(kActiveOpen) && tcb.state == State::SynReceived ? CloseReason::ConnectTimeout
                                                                           : CloseReason::RetransmitTimeout,
                   env);
}

/// RFC 9293 3.8.4: probes only while nothing is outstanding; the count, not one probe, decides (MUST-29).
void on_keepalive_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.idle_at = 0;
  if (tcb.keepalive_idle_s == 0) return;
  if (tcb.keepalive_sent >= tcb.keepalive_count) {
    reset_connection(tcb, CloseReason::KeepaliveTimeout, env);
    return;
  }
  if (tcb.flight_size() == 0 && tcb.snd_queue.empty()) {
    ++tcb.keepalive_sent;
    owe(tcb, kOweKeepalive, env);
  }
  set_deadline(tcb, &Tcb::idle_at, env.now + seconds{tcb.keepalive_interval_s}, env);
}

void on_idle_deadline(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::FinWait2 && tcb.has(kOrphan)) {
    tcb.idle_at = 0;
    terminate(tcb, CloseReason::FinWait2Timeout, env);
    return;
  }
  on_keepalive_deadline(tcb, env);
}

}  // namespace

Tick to_tick(Time deadline) noexcept {
  const auto tick = static_cast<Tick>((to_ns(deadline) + kTickNs - 1) >> timer::kTickShift);
  return tick == 0 ? 1 : tick;
}

Time to_time(Tick tick, Time now) noexcept {
  const std::int64_t now_tick = to_ns(now) >> timer::kTickShift;
  const auto ahead = static_cast<std::int32_t>(tick - static_cast<Tick>(now_tick));
  return time_from_ns((now_tick + ahead) << timer::kTickShift);
}

bool due(Tick tick, Time now) noexcept {
  return tick != 0 && static_cast<std::int32_t>(tick - static_cast<Tick>(to_ns(now) >> timer::kTickShift)) <= 0;
}

void set_deadline(Tcb& tcb, Tick Tcb::*which, Time deadline, Env& env) noexcept {
  const Time bounded = std::min(deadline, env.now + kFarthest);
  tcb.*which = to_tick(bounded);
  if (!tcb.timer.armed() || armed_time(tcb, env.now) > to_time(tcb.*which, env.now))
    env.timers.arm(env.timer_id(tcb), to_time(tcb.*which, env.now));
}

void on_timer(Tcb& tcb, Env& env) noexcept {
  if (due(tcb.user_at, env.now)) on_user_deadline(tcb, env);
  if (tcb.state == State::Closed) return;
  if (due(tcb.idle_at, env.now)) on_idle_deadline(tcb, env);
  if (tcb.state == State::Closed) return;
  if (due(tcb.delayed_ack_at, env.now)) {
    tcb.delayed_ack_at = 0;
    owe(tcb, kOweAck, env);
  }
  if (due(tcb.rexmit_at, env.now)) on_retransmission_deadline(tcb, env);
  arm_earliest(tcb, env);
}

void start_retransmission_timer(Tcb& tcb, Env& env) noexcept {
  set_deadline(tcb, &Tcb::rexmit_at, env.now + tcb.rtt.rto(env.config), env);
  if (tcb.user_at == 0) restart_user_timer(tcb, env);
}

void stop_retransmission_timer(Tcb& tcb) noexcept {
  tcb.rexmit_at = 0;
  tcb.user_at = 0;
}

void restart_user_timer(Tcb& tcb, Env& env) noexcept {
  if (tcb.user_timeout_ms == 0xffff'ffff) return;
  set_deadline(tcb, &Tcb::user_at, env.now + milliseconds{tcb.user_timeout_ms}, env);
}

void restart_keepalive(Tcb& tcb, Env& env) noexcept {
  if (tcb.keepalive_idle_s == 0 || (tcb.state == State::FinWait2 && tcb.has(kOrphan))) return;
  tcb.keepalive_sent = 0;
  set_deadline(tcb, &Tcb::idle_at, env.now + seconds{tcb.keepalive_idle_s}, env);
}

}  // namespace millrace::tcp
