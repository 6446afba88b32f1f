// From the user's words to the Tcb's units. What differs from the defaults goes into the rare part; a connection that
// leaves all at its default needs none.
#include "tcp/user_options.h"

#include <algorithm>

#include "tcp/env.h"
#include "tcp/receive_tuning.h"
#include "tcp/recovery.h"
#include "tcp/send_tuning.h"
#include "tcp/timers.h"
#include "tcp/user_calls.h"

namespace millrace::tcp {
namespace {

constexpr std::uint16_t kLongestKeepalive = 32'000;
constexpr std::uint8_t kDscpBits = 0x3f;

std::uint16_t whole_seconds(Duration d) noexcept {
  const std::int64_t s = (to_ms(d) + 999) / 1000;
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(s, 1, kLongestKeepalive));
}

void set_flag(Tcb& tcb, std::uint32_t flag, bool on) noexcept {
  if (on)
    tcb.set(flag);
  else
    tcb.clear(flag);
}

void apply_user_timeout(Tcb& tcb, Duration timeout, Env& env) noexcept {
  set_flag(tcb, kUserTimeout, timeout.count() != 0);
  if (timeout.count() != 0) env.table.rare_part(tcb).user_timeout_ms = timeout_ms(timeout);
  // SYN-SENT counts its connect timeout on.
  if (tcb.syn_acked() && tcb.user_at != 0) restart_user_timer(tcb, env);
}

void apply_keepalive(Tcb& tcb, const Keepalive& keepalive, Env& env) noexcept {
  const bool was_on = tcb.has(kKeepalive);
  set_flag(tcb, kKeepalive, keepalive.on);
  if (keepalive.on) {
    RarePart& rare = env.table.rare_part(tcb);
    rare.keepalive_idle_s = whole_seconds(keepalive.idle);
    rare.keepalive_interval_s = whole_seconds(keepalive.interval);
    rare.keepalive_count = std::max<std::uint8_t>(keepalive.count, 2);
    if (tcb.syn_acked()) restart_keepalive(tcb, env);
  } else if (was_on) {
    clear_deadline(tcb, &RarePart::keepalive_at, env);
  }
}

void apply_receive_timeout(Tcb& tcb, Duration timeout, Env& env) noexcept {
  set_flag(tcb, kReceiveTimeout, timeout.count() != 0);
  if (timeout.count() == 0) return clear_deadline(tcb, &RarePart::receive_at, env);
  env.table.rare_part(tcb).receive_timeout_ms = timeout_ms(timeout);
  if (tcb.syn_acked()) restart_receive_timeout(tcb, env);
}

}  // namespace

void apply_options(Tcb& tcb, const UserOptions& options, Env& env) noexcept {
  set_receive_buffer(tcb, options.receive_buffer, env);
  set_send_buffer(tcb, options.send_buffer, env);
  set_flag(tcb, kNoDelay, options.no_delay);
  tcb.dscp = options.dscp & kDscpBits;
  tcb.hop_limit = options.hop_limit != 0 ? options.hop_limit : env.config.hop_limit;
  recovery_choose(tcb, options.congestion_control.value_or(env.config.congestion_control), env);
  set_flag(tcb, kPaceWindow, options.pacing.value_or(env.config.pacing));
  apply_user_timeout(tcb, options.user_timeout, env);
  apply_keepalive(tcb, options.keepalive, env);
  apply_receive_timeout(tcb, options.receive_timeout, env);
  set_flag(tcb, kLinger, options.linger.has_value());
  if (options.linger)
    env.table.rare_part(tcb).linger_ms = options.linger->count() > 0 ? timeout_ms(*options.linger) : 0;
  if (options.fin_wait_2_timeout.count() != 0)
    env.table.rare_part(tcb).fin_wait_2_ms = timeout_ms(options.fin_wait_2_timeout);
  set_flag(tcb, kNoErrorReports, !options.soft_errors);
  if (options.no_delay && tcb.syn_acked()) owe(tcb, kOweData, env);  // what Nagle held back may go
}

}  // namespace millrace::tcp
