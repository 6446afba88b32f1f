// Challenge ACKs (RFC 5961 3, 4, 5) and their limit (section 7).
//
// Two limits: one per connection, which by itself leaves nothing for an attacker to measure across connections
// (CVE-2016-5696), and one per shard and second, drawn at random around its setting for the same reason.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Segment;

class ChallengeLimit {
 public:
  /// Takes one from this second's budget; false when it is used up.
  [[nodiscard]] bool take(Time now, std::uint32_t per_second, base::Random& random) noexcept;

 private:
  std::int64_t second_ = -1;
  std::uint32_t left_ = 0;
};

/// Owes a challenge ACK if both limits allow it.
void challenge_ack(Tcb& tcb, Env& env) noexcept;

/// Takes from both limits without owing anything: for answers that are not challenge ACKs but could be provoked the
/// same way.
[[nodiscard]] bool may_challenge(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
