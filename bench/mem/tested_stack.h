// One worker's stack without a port, on 10.0.0.1 behind the router 10.0.0.2, whose tables can be looked into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "api/app.h"
#include "flow/rss.h"
#include "io/bare_port.h"
#include "ip/ip_config.h"
#include "pkt/packet_pool.h"
#include "stack/inbox.h"
#include "stack/manual_clock.h"
#include "stack/shard.h"
#include "stack/worker.h"

namespace millrace::bench {

class TestedStack {
 public:
  static constexpr std::uint32_t kAddress = 0x0a000001;
  static constexpr std::uint32_t kRouter = 0x0a000002;

  TestedStack(const tcp::TableLimits& limits, api::AppRef app);

  [[nodiscard]] bool input(std::span<const std::byte> frame) { return port_.push(frame); }
  /// Turns, a microsecond apart, until there is nothing to do at once.
  void work();
  /// Calls take(span of bytes) for each frame that waits.
  template <class Take>
  void output(Take&& take) {
    for (auto frame = port_.front(); !frame.empty(); frame = port_.front()) {
      take(frame);
      port_.pop();
    }
  }

  [[nodiscard]] stack::Shard& shard() noexcept { return shard_; }
  /// Memory that the tables use for what they hold, by their own account.
  [[nodiscard]] std::uint64_t table_bytes();

 private:
  pkt::PacketPool data_;
  pkt::PacketPool control_;
  io::BarePort port_;
  ip::IpConfig ip_;
  flow::OwnerMap owners_{1};
  stack::Inbox inbox_{16};
  stack::ManualClock clock_;
  const stack::AppHook app_;
  stack::Shard shard_;
  stack::Worker<io::BarePort, const stack::ManualClock, const stack::AppHook> worker_;
};

}  // namespace millrace::bench
