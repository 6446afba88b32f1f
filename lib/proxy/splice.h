// A pair: a client's connection and a server's, joined.
//
// Bytes move from one leg's receive queue to the other leg's send queue without a copy and only as far as there is
// room; what is left waits, the window closes, and Writable goes on (back-pressure). A FIN travels as a FIN after the
// last byte (half-close), a reset as a reset after the acknowledged bytes. Nothing is ever cut off silently: when bytes
// cannot be delivered, the other leg is reset.
//
// This decides what happens to the two legs. When a pair begins, which server it gets and how long it may idle is the
// Proxy's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "api/connection.h"
#include "api/shard.h"
#include "proxy/counters.h"
#include "proxy/user_tag.h"
#include "timer/wheel.h"

namespace millrace::proxy {

/// A leg's connection on the pair's own worker, which has both.
struct LegId {
  std::uint32_t index = 0xffff'ffff;
  std::uint32_t generation = 0;

  [[nodiscard]] static LegId of(const api::ConnectionId& id) noexcept { return {id.index, id.generation}; }
  [[nodiscard]] api::ConnectionId on(const api::Shard& shard) const noexcept {
    return {shard.worker(), index, generation};
  }
  friend bool operator==(const LegId&, const LegId&) = default;
};

/// Both connections of a pair and its timer. Lives in the Proxy's slab.
struct Pair {
  timer::Node timer;  ///< connect timeout, then idle timeout; first, as the wheel's arena wants it
  std::array<LegId, 2> legs{};
  std::array<bool, 2> open{};      ///< the leg's handle is ours: neither reported Closed nor given up
  std::array<bool, 2> end_sent{};  ///< this leg's end was passed on to the other one
  bool joined = false;             ///< the server has answered
  std::uint8_t server = 0;         ///< the server tried last, below kMaxServers
  std::uint16_t group = 0;         ///< upstream
  std::uint64_t tried = 0;         ///< bit per server
  std::uint32_t moved = 0;         ///< bytes, both directions, modulo 2^32
  std::uint32_t progress = 0;      ///< at the last look: see Splice::progress
  Time last_move{};                ///< when bytes moved last
};
static_assert(sizeof(Pair) <= 64);

/// The operations on a pair. Made for one call, owns nothing.
class Splice {
 public:
  Splice(Pair& pair, api::Shard shard, ProxyCounters& counters) noexcept
      : pair_(pair), shard_(shard), counters_(counters) {}

  /// Moves what can be moved from `from` to the other leg and passes its end on. Does nothing unless both legs are
  /// open.
  void flow(Leg from) noexcept;

  /// Whether a leg that goes for this reason leaves nothing behind: both ends have been passed on.
  [[nodiscard]] bool ends_in_order(api::CloseReason reason) const noexcept {
    return reason == api::CloseReason::Normal && pair_.end_sent[0] && pair_.end_sent[1];
  }
  /// The leg is gone. Moves its last bytes, then tells the other leg how it went. Answers how the pair ended, or
  /// nullopt when the other leg still has to close.
  [[nodiscard]] std::optional<PairEnd> on_closed(Leg leg, api::CloseReason reason) noexcept;

  /// Resets both legs at once, by that rule.
  void abort(api::CloseRule rule) noexcept;
  /// Resets one leg at once.
  void abort(Leg leg, api::CloseRule rule) noexcept;

  /// Grows, modulo 2^32, whenever bytes arrive from a peer or are acknowledged by one; equal values mean that nothing
  /// went on, for fewer than 2^32 bytes can arrive and be acknowledged without a move.
  [[nodiscard]] std::uint32_t progress() const noexcept;

 private:
  [[nodiscard]] api::Connection connection(Leg leg) const noexcept {
    return shard_.connection(pair_.legs[static_cast<std::size_t>(leg)].on(shard_));
  }
  [[nodiscard]] bool& open(Leg leg) noexcept { return pair_.open[static_cast<std::size_t>(leg)]; }
  [[nodiscard]] bool& end_sent(Leg leg) noexcept { return pair_.end_sent[static_cast<std::size_t>(leg)]; }
  void reset_after_data(Leg leg) noexcept;

  Pair& pair_;
  api::Shard shard_;
  ProxyCounters& counters_;
};

}  // namespace millrace::proxy
