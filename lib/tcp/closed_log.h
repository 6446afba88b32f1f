// The last connections that ended, for people: a ring of fixed size, written and read by the shard's thread.
//
// Entries are numbered from 0 on; the newest pushes the oldest out. A reader keeps a number as its cursor and sees from
// first() what it has missed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "flow/flow_key.h"
#include "tcp/close_rule.h"
#include "tcp/state.h"

namespace millrace::tcp {

struct Closed {
  flow::FlowKey key{};
  Time opened{};                  ///< of a half-open connection: the time of its end
  Time closed{};                  ///< or entered TIME-WAIT
  std::uint64_t bytes_in = 0;     ///< received in order
  std::uint64_t bytes_out = 0;    ///< acknowledged by the peer
  std::uint32_t unread = 0;       ///< bytes received that the application had not taken
  std::uint32_t unsent = 0;       ///< bytes that the peer had not acknowledged
  std::uint32_t retransmits = 0;  ///< segments
  CloseRule rule = CloseRule::None;
  State state = State::Closed;  ///< before the end
  bool active = false;          ///< opened by us
};

static_assert(std::is_trivially_destructible_v<Closed>, "entries are made over others");

class ClosedLog {
 public:
  /// Keeps the last `capacity` entries; 0 keeps none. Throws std::bad_alloc.
  explicit ClosedLog(std::uint32_t capacity) : ring_(capacity) {}

  /// `make` returns a Closed, which is made in its place.
  template <class Make>
  void record(Make&& make) noexcept {
    if (!ring_.empty()) ::new (static_cast<void*>(&ring_[end_ % ring_.size()])) Closed(make());
    ++end_;
  }
  /// The oldest entry kept; end() when there is none.
  [[nodiscard]] std::uint64_t first() const noexcept { return end_ - std::min<std::uint64_t>(end_, ring_.size()); }
  /// One past the newest.
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  /// `number` in [first(), end()).
  [[nodiscard]] const Closed& operator[](std::uint64_t number) const noexcept { return ring_[number % ring_.size()]; }

 private:
  std::vector<Closed> ring_;
  std::uint64_t end_ = 0;
};

}  // namespace millrace::tcp
