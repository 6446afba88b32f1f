// RFC 5961 7 and the lesson of CVE-2016-5696. The shard's budget is drawn anew each second between half and one and a
// half times its setting, so nobody can count what is left of it.
#include "tcp/challenge_ack.h"

#include <algorithm>

#include "tcp/env.h"

namespace millrace::tcp {

bool ChallengeLimit::take(Time now, std::uint32_t per_second, base::Random& random) noexcept {
  const std::int64_t second = to_ns(now) / 1'000'000'000;
  if (second != second_) {
    second_ = second;
    left_ = per_second / 2 + static_cast<std::uint32_t>(random.below(per_second));
  }
  if (left_ == 0) return false;
  --left_;
  return true;
}

namespace {

std::uint32_t now_ms(const Env& env) noexcept { return static_cast<std::uint32_t>(to_ns(env.now) / 1'000'000); }

/// One was sent within the interval. 0 means "never"; the age is modulo 2^32 ms, so it errs for one interval in 49
/// days.
bool too_soon(Tcb& tcb, const Env& env) noexcept {
  const std::uint32_t last = tcb.rare == base::kNoIndex ? 0 : env.table.rare_part(tcb).answered_at_ms;
  return last != 0 && now_ms(env) - last < static_cast<std::uint32_t>(to_ms(env.config.challenge_ack_interval));
}

void note_answer(Tcb& tcb, Env& env) noexcept { env.table.rare_part(tcb).answered_at_ms = std::max(now_ms(env), 1u); }

}  // namespace

bool may_answer_empty(Tcb& tcb, Env& env) noexcept {
  if (too_soon(tcb, env)) {
    ++env.count.challenge_acks_limited;
    return false;
  }
  note_answer(tcb, env);
  return true;
}

void challenge_ack(Tcb& tcb, Env& env) noexcept {
  if (too_soon(tcb, env) || !env.challenge_limit.take(env.now, env.config.challenge_acks_per_second, env.random)) {
    ++env.count.challenge_acks_limited;
    return;
  }
  note_answer(tcb, env);
  ++env.count.challenge_acks;
  owe(tcb, kOweAck, env);
}

}  // namespace millrace::tcp
