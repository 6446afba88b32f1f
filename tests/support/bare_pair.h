// Two bare stacks, 10.0.0.1 and 10.0.0.2 (2001:db8::1 and ::2), joined by a wire that loses nothing and takes no time.
//
// run_until() jumps from deadline to deadline, so hours take milliseconds. Works without EAL.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "api/bare_stack.h"

namespace millrace {

[[nodiscard]] inline api::BareStackSettings bare_settings(std::uint8_t host) {
  api::BareStackSettings settings;
  wire::IpAddress v6;
  v6.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host};
  settings.addresses = {{wire::IpAddress::v4(0x0a000000u + host), 24}, {v6, 64}};
  settings.seed = host;
  return settings;
}

class BarePair {
 public:
  using Frame = std::vector<std::byte>;

  BarePair(const api::BareStackSettings& a_settings, api::AppRef a_app, const api::BareStackSettings& b_settings,
           api::AppRef b_app)
      : a(a_settings, a_app), b(b_settings, b_app), now_(a_settings.start) {}
  BarePair(api::AppRef a_app, api::AppRef b_app) : BarePair(bare_settings(1), a_app, bare_settings(2), b_app) {}

  [[nodiscard]] Time now() const noexcept { return now_; }

  /// Turns both until neither has anything left to do at this instant.
  void settle() {
    for (bool busy = true; busy;) {
      const bool a_busy = a.advance(now_);
      const bool b_busy = b.advance(now_);
      turns_ += 2;
      const std::size_t carried = carry(a, b) + carry(b, a);
      busy = a_busy || b_busy || carried > 0;
    }
  }

  /// True when `done` held; false when `limit` has passed without it.
  bool run_until(const std::function<bool()>& done, Duration limit) {
    const Time end = now_ + limit;
    for (;;) {
      settle();
      if (done()) return true;
      if (now_ >= end) return false;
      const auto next = earlier(a.next_deadline(), b.next_deadline());
      now_ = std::clamp(next.value_or(end), now_, end);
    }
  }
  void run_for(Duration span) {
    (void)run_until([] { return false; }, span);
  }

  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

  api::BareStack a;
  api::BareStack b;
  std::function<void(const Frame&)> on_frame;  ///< sees every frame
  std::function<bool(const Frame&)> lose;      ///< true: the frame does not arrive

 private:
  std::size_t carry(api::BareStack& from, api::BareStack& to) {
    return from.output([&](std::span<const std::byte> bytes) {
      const Frame frame{bytes.begin(), bytes.end()};
      if (on_frame) on_frame(frame);
      if (!lose || !lose(frame)) (void)to.input(frame);
    });
  }

  Time now_;
  std::uint64_t turns_ = 0;
};

}  // namespace millrace
