// PendingFastOpenRequests of one listener (RFC 7413 5.1): connections that it accepted with the SYN and whose handshake
// is not complete. Each has a Tcb, and may have made the application work, for a peer that has only a cookie.
//
// One that an RST ended keeps its place for one to two minutes: with somebody else's address in its SYNs, an attacker
// who has that one's cookie would else have the places back as fast as the victim resets them.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::tcp {

class PendingFastOpens {
 public:
  static constexpr Duration kHold = minutes{1};

  [[nodiscard]] bool has_room(std::uint32_t limit, Time now) const noexcept {
    return std::uint64_t{pending_} + held(now) < limit;
  }
  [[nodiscard]] std::uint32_t pending() const noexcept { return pending_; }

  void begin() noexcept { ++pending_; }
  void end() noexcept { --pending_; }
  void end_by_reset(Time now) noexcept {
    --pending_;
    const std::int64_t period = period_of(now);
    if (period != period_) before_ = period == period_ + 1 ? reset_ : 0;
    if (period != period_) reset_ = 0;
    period_ = period;
    ++reset_;
  }

 private:
  [[nodiscard]] static std::int64_t period_of(Time now) noexcept { return now.time_since_epoch() / kHold; }
  /// Places of those that were reset in this period and the last.
  [[nodiscard]] std::uint32_t held(Time now) const noexcept {
    const std::int64_t passed = period_of(now) - period_;
    return passed == 0 ? reset_ + before_ : passed == 1 ? reset_ : 0;
  }

  std::uint32_t pending_ = 0;
  std::uint32_t reset_ = 0;   ///< in period_
  std::uint32_t before_ = 0;  ///< in the one before
  std::int64_t period_ = 0;
};

}  // namespace millrace::tcp
