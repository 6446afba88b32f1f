// Challenge ACKs (RFC 5961 3, 4, 5) and their limit (section 7).
//
// Two limits: one per connection, which by itself leaves nothing for an attacker to measure across connections
// (CVE-2016-5696), and one per shard and second, drawn at random around its setting for the same reason. Entries
// without a Tcb (half-open, TIME-WAIT) have no limit of their own and share a budget beside the connections'.
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

/// For answers to segments that carry nothing, which are no challenge ACKs: takes from the connection's limit only.
/// That ends a game of ping-pong between two confused peers, and whoever drains the shard's budget silences no
/// keepalive.
[[nodiscard]] bool may_answer_empty(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
