// RFC 5961 7 and the lesson of CVE-2016-5696. The shard's budget is drawn anew each second between half and one and a
// half times its setting, so nobody can count what is left of it.
#include "tcp/challenge_ack.h"

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

bool may_challenge(Tcb& tcb, Env& env) noexcept {
  const auto now_ms = static_cast<std::uint32_t>(to_ns(env.now) / 1'000'000);
  const std::uint32_t not_before = tcb.rare == base::kNoIndex ? 0 : env.table.rare_part(tcb).challenge_at_ms;
  // 0 means "never sent one"; the comparison is modulo 2^32 ms.
  const bool too_soon = not_before != 0 && static_cast<std::int32_t>(now_ms - not_before) < 0;
  if (too_soon || !env.challenge_limit.take(env.now, env.config.challenge_acks_per_second, env.random)) {
    ++env.count.challenge_acks_limited;
    return false;
  }
  const std::uint32_t next = now_ms + static_cast<std::uint32_t>(to_ms(env.config.challenge_ack_interval));
  env.table.rare_part(tcb).challenge_at_ms = next == 0 ? 1 : next;
  return true;
}

void challenge_ack(Tcb& tcb, Env& env) noexcept {
  if (!may_challenge(tcb, env)) return;
  ++env.count.challenge_acks;
  owe(tcb, kOweAck, env);
}

}  // namespace millrace::tcp
