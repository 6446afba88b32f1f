// What one shard's TCP has learned about the paths to its peers, by destination address.
//
// Path MTUs (RFC 1191 6.1, RFC 8201 5.2) are kept for ten minutes, then a larger one may be tried; new connections
// start with what the old ones found. Doubts are the negative advice of RFC 9293 3.8.3 (MUST-20): a recorded fact that
// the shard takes to the IP floor, because nobody calls upwards. Both are bounded; what finds no room is forgotten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/siphash.h"
#include "base/time.h"
#include "flow/flow_key.h"
#include "tcp/fast_open_cache.h"

namespace millrace::tcp {

class Paths {
 public:
  using Address = std::array<std::uint8_t, 16>;
  static constexpr Duration kPathMtuAge = minutes{10};
  static constexpr std::size_t kSets = 256;
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kMostDoubts = 64;

  explicit Paths(const base::SipKey& secret);

  /// What a packet to `remote` may have: `limit`, or less when the path was found to carry less.
  [[nodiscard]] std::uint16_t mtu(const Address& remote, std::uint16_t limit, Time now) const noexcept;
  /// The path was found to carry no more than `mtu`; forgotten after kPathMtuAge.
  void set_mtu(const Address& remote, std::uint16_t mtu, Time now) noexcept;

  /// Nothing came back from there for a while (R1).
  void doubt(const flow::FlowKey& key) noexcept;
  [[nodiscard]] std::span<const flow::FlowKey> doubts() const noexcept { return doubts_; }
  void clear_doubts() noexcept { doubts_.clear(); }

  /// Cookies that servers gave.
  [[nodiscard]] FastOpenCache& fast_open() noexcept { return fast_open_; }

 private:
  struct Entry {
    Address remote{};
    Time expires{};  ///< in the past: free
    std::uint16_t mtu = 0;
  };
  [[nodiscard]] std::size_t set_of(const Address& remote) const noexcept;

  base::SipKey secret_;
  std::vector<Entry> entries_;  ///< kSets sets of kWays
  Time last_expiry_{};          ///< from then on nothing is known
  std::vector<flow::FlowKey> doubts_;
  FastOpenCache fast_open_;
};

}  // namespace millrace::tcp
