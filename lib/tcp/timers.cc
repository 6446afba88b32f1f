// What each deadline means when it is due: RFC 6298 5 for retransmission, RFC 9293 3.8.6.1 for probes, 3.8.3 for R2,
// 3.8.4 for keepalives, and the orphan's limit in FIN-WAIT-2. A handler records what is owed; a handler that ends the
// connection ends the round too.
#include "tcp/timers.h"

#include <algorithm>
#include <array>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/path_mtu.h"
#include "tcp/recovery.h"
#include "tcp/soft_error.h"
#include "tcp/tail_loss_probe.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kNever = 0xffff'ffff;
constexpr std::int64_t kTickNs = std::int64_t{1} << timer::kTickShift;

bool earlier(Tick a, Tick b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }

constexpr std::array kRareDeadlines{&RarePart::keepalive_at, &RarePart::fin_wait_2_at, &RarePart::linger_at,
                                    &RarePart::receive_at,   &RarePart::room_at,       &RarePart::full_size_at};

/// The earlier of two deadlines; 0 is one that is not set.
Tick earliest(Tick a, Tick b) noexcept { return b != 0 && (a == 0 || earlier(b, a)) ? b : a; }

void arm_earliest(Tcb& tcb, Env& env) noexcept {
  Tick first = earliest(earliest(tcb.rexmit_at, tcb.delayed_ack_at), tcb.user_at);
  first = earliest(earliest(first, loss_at(tcb, env.table)), idle_at(tcb, env.table));
  if (first != 0) env.timers.arm(env.timer_id(tcb), to_time(first, env.now));
}

/// The attempt to open is over: nothing is known of a peer in SYN-SENT; in SYN-RECEIVED (simultaneous open) there is
/// one to be told.
void connect_timed_out(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::SynSent)
    terminate(tcb, CloseRule::ConnectTimeout, env);
  else
    reset_connection(tcb, tcb.has(kFastOpenPending) ? CloseRule::FastOpenExpired : CloseRule::ConnectTimeout, env);
}

/// R1 (RFC 9293 3.8.3, MUST-20, MUST-22): the IP floor and the application learn that the path may be dead.
void look_at_r1(Tcb& tcb, Env& env) noexcept {
  if (tcb.rtt.backoff != env.config.r1) return;
  env.paths.doubt(tcb.key);
  report_soft_error(tcb, SoftError::Retransmitting, env);
}

bool gives_up_opening(const Tcb& tcb, const Env& env) noexcept {
  if (tcb.has(kFastOpenPending)) return tcb.rtt.backoff >= env.config.syn_ack_retries;
  const std::uint8_t own = tcb.rare == base::kNoIndex ? 0 : env.table.rare_parts[tcb.rare].syn_retries;
  const std::uint8_t retries = own != 0 ? own : env.config.syn_retries;
  return retries != 0 && tcb.rtt.backoff >= retries;
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
    if (gives_up_opening(tcb, env)) return connect_timed_out(tcb, env);
    tcb.rtt.back_off();
    owe(tcb, kOweSyn, env);
  } else {
    tcb.rtt.back_off();
    look_for_black_hole(tcb, env);
    recovery_on_timeout(tcb, env);
  }
  look_at_r1(tcb, env);
  start_retransmission_timer(tcb, env);
}

/// RFC 8985 6.3 and 7.3.
void on_loss_deadline(Tcb& tcb, Sender& sender, Env& env) noexcept {
  sender.loss_at = 0;
  tcb.has(kTailProbe) ? on_tail_probe_deadline(tcb, env) : recovery_on_reorder_deadline(tcb, env);
}

CloseRule rule_of_user_deadline(const Tcb& tcb) noexcept {
  if (waits_for_window(tcb)) return CloseRule::OrphanWindow;
  return tcb.has(kPersist) ? CloseRule::ProbeTimeout : CloseRule::RetransmitTimeout;
}

/// R2 (RFC 9293 3.8.3), the connect timeout, or an orphan's limit for a shut window.
void on_user_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.user_at = 0;
  if (!tcb.syn_acked()) return connect_timed_out(tcb, env);
  reset_connection(tcb, rule_of_user_deadline(tcb), env);
}

/// RFC 9293 3.8.4: probes only while nothing is outstanding; the count, not one probe, decides (MUST-29).
void on_keepalive_deadline(Tcb& tcb, RarePart& rare, Env& env) noexcept {
  if (rare.keepalive_sent >= rare.keepalive_count) {
    reset_connection(tcb, CloseRule::KeepaliveTimeout, env);
    return;
  }
  if (tcb.flight_size() == 0 && tcb.snd_queue.empty()) {
    ++rare.keepalive_sent;
    owe(tcb, kOweKeepalive, env);
  }
  set_deadline(tcb, &RarePart::keepalive_at, env.now + seconds{rare.keepalive_interval_s}, env);
}

void on_linger_deadline(Tcb& tcb, Env& env) noexcept {
  ++env.count.linger_timeouts;
  reset_connection(tcb, CloseRule::LingerTimeout, env);
}

/// Only who waits for something is told; what lies unread says that it came in time.
void on_receive_deadline(Tcb& tcb, RarePart& rare, Env& env) noexcept {
  rare.receive_at = 0;
  if (!tcb.receiving()) return;
  if (tcb.rcv_queue.empty()) tell(tcb, EventKind::ReceiveTimeout, env);
  restart_receive_timeout(tcb, env);
}

/// A send found the pool empty when nothing was queued, so no ACK will tell of room.
void on_room_deadline(Tcb& tcb, RarePart& rare, Env& env) noexcept {
  rare.room_at = 0;
  if (!tcb.has(kWantRoom)) return;
  tcb.clear(kWantRoom);
  tell(tcb, EventKind::Writable, env);
}

void on_full_size_deadline(Tcb& tcb, RarePart& rare, Env& env) noexcept {
  rare.full_size_at = 0;
  try_full_size(tcb, env);
}

/// One deadline of the rare part is due.
void on_idle_deadline(Tcb& tcb, Env& env) noexcept {
  RarePart& rare = env.table.rare_part(tcb);
  if (due(rare.fin_wait_2_at, env.now)) return terminate(tcb, CloseRule::FinWait2Timeout, env);
  if (due(rare.linger_at, env.now)) return on_linger_deadline(tcb, env);
  if (due(rare.keepalive_at, env.now)) on_keepalive_deadline(tcb, rare, env);
  if (tcb.state == State::Closed) return;
  if (due(rare.receive_at, env.now)) on_receive_deadline(tcb, rare, env);
  if (due(rare.room_at, env.now)) on_room_deadline(tcb, rare, env);
  if (due(rare.full_size_at, env.now)) on_full_size_deadline(tcb, rare, env);
}

void arm_before(Tcb& tcb, Tick tick, Env& env) noexcept {
  if (!tcb.timer.armed() || earlier(tick, tcb.timer.tick)) env.timers.arm(env.timer_id(tcb), to_time(tick, env.now));
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
  tcb.*which = to_tick(std::min(deadline, env.now + kFarthest));
  arm_before(tcb, tcb.*which, env);
}

void set_loss_deadline(Tcb& tcb, Sender& sender, Time deadline, Env& env) noexcept {
  sender.loss_at = to_tick(std::min(deadline, env.now + kFarthest));
  arm_before(tcb, sender.loss_at, env);
}

void set_deadline(Tcb& tcb, Tick RarePart::*which, Time deadline, Env& env) noexcept {
  RarePart& rare = env.table.rare_part(tcb);
  rare.*which = to_tick(std::min(deadline, env.now + kFarthest));
  arm_before(tcb, rare.*which, env);
}

void clear_deadline(Tcb& tcb, Tick RarePart::*which, Env& env) noexcept {
  if (tcb.rare == base::kNoIndex) return;
  env.table.rare_part(tcb).*which = 0;
}

Tick loss_at(const Tcb& tcb, const ConnectionTable& table) noexcept {
  const Sender* const sender = table.find_sender(tcb);
  return sender == nullptr ? 0 : sender->loss_at;
}

Tick idle_at(const Tcb& tcb, const ConnectionTable& table) noexcept {
  if (tcb.rare == base::kNoIndex) return 0;
  const RarePart& rare = table.rare_parts[tcb.rare];
  Tick first = 0;
  for (const auto deadline : kRareDeadlines) first = earliest(first, rare.*deadline);
  return first;
}

std::uint32_t timeout_ms(Duration timeout) noexcept {
  if (timeout > kFarthest) return kNever;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(to_ms(timeout), 1));
}

void on_timer(Tcb& tcb, Env& env) noexcept {
  if (due(tcb.user_at, env.now)) on_user_deadline(tcb, env);
  if (tcb.state == State::Closed) return;
  if (due(idle_at(tcb, env.table), env.now)) on_idle_deadline(tcb, env);
  if (tcb.state == State::Closed) return;
  if (due(tcb.delayed_ack_at, env.now)) {
    tcb.delayed_ack_at = 0;
    owe(tcb, kOweAck, env);
  }
  Sender* const sender = env.table.find_sender(tcb);
  if (sender != nullptr && due(sender->loss_at, env.now)) on_loss_deadline(tcb, *sender, env);
  if (due(tcb.rexmit_at, env.now)) on_retransmission_deadline(tcb, env);
  if (tcb.state != State::Closed) arm_earliest(tcb, env);
}

void end_timers(Tcb& tcb, Env& env) noexcept {
  env.timers.cancel(env.timer_id(tcb));
  tcb.rexmit_at = tcb.delayed_ack_at = tcb.user_at = 0;
  if (Sender* const sender = env.table.find_sender(tcb)) sender->loss_at = 0;
  if (tcb.rare == base::kNoIndex) return;
  RarePart& rare = env.table.rare_part(tcb);
  for (const auto deadline : kRareDeadlines) rare.*deadline = 0;
}

void start_retransmission_timer(Tcb& tcb, Env& env) noexcept {
  set_deadline(tcb, &Tcb::rexmit_at, env.now + tcb.rtt.rto(env.config), env);
  if (tcb.user_at == 0) restart_user_timer(tcb, env);
}

void stop_retransmission_timer(Tcb& tcb, Env& env) noexcept {
  tcb.rexmit_at = tcb.user_at = 0;
  if (Sender* const sender = env.table.find_sender(tcb)) sender->loss_at = 0;
}

void restart_user_timer(Tcb& tcb, Env& env) noexcept {
  const std::uint32_t ms =
      tcb.has(kUserTimeout) ? env.table.rare_part(tcb).user_timeout_ms : timeout_ms(env.config.user_timeout);
  if (ms == kNever) {
    tcb.user_at = 0;
  } else {
    set_deadline(tcb, &Tcb::user_at, env.now + milliseconds{ms}, env);
  }
}

void restart_receive_timeout(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kReceiveTimeout)) return;
  const std::uint32_t ms = env.table.rare_part(tcb).receive_timeout_ms;
  set_deadline(tcb, &RarePart::receive_at, env.now + milliseconds{ms}, env);
}

void restart_keepalive(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kKeepalive)) return;
  RarePart& rare = env.table.rare_part(tcb);
  rare.keepalive_sent = 0;
  set_deadline(tcb, &RarePart::keepalive_at, env.now + seconds{rare.keepalive_idle_s}, env);
}

}  // namespace millrace::tcp
