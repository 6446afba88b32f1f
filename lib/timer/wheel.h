// A hierarchical timing wheel (Varghese, Lauck 1987; scheme 6/7): every deadline of a shard.
//
// Ticks of 2^14 ns (16.4 us), 4 levels of 256 slots: 19.5 h ahead; farther deadlines are parked at the horizon and
// the owner re-arms when it is called early. Arm and cancel are O(1); an occupancy bitmap per level lets advance() skip
// empty slots; work per call is bounded by the caller. A timer never fires before its deadline: deadlines round up
// to the next tick.
//
// The wheel owns no timer. A Node lies inside the object that it times (connection, TIME-WAIT entry, half-open entry);
// the objects of one kind lie in one array (an arena), and a 32-bit TimerId names kind and index. One thread owns a
// wheel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace millrace::timer {

inline constexpr unsigned kTickShift = 14;
inline constexpr std::uint32_t kNone = 0xffff'ffff;

/// Names a timed object: 2 bits of kind (the arena), 30 bits of index.
struct TimerId {
  std::uint32_t value = kNone;

  static constexpr unsigned kIndexBits = 30;
  static constexpr std::uint32_t kIndexMask = (1u << kIndexBits) - 1;
  [[nodiscard]] static constexpr TimerId make(unsigned kind, std::uint32_t index) noexcept {
    return {(kind << kIndexBits) | index};
  }
  [[nodiscard]] constexpr unsigned kind() const noexcept { return value >> kIndexBits; }
  [[nodiscard]] constexpr std::uint32_t index() const noexcept { return value & kIndexMask; }
  friend constexpr bool operator==(TimerId, TimerId) = default;
};

/// Embedded in the timed object. 16 bytes. Touched only by the wheel.
struct Node {
  std::uint32_t next = kNone;
  std::uint32_t prev = kNone;
  std::uint32_t tick = 0;         ///< deadline in ticks, modulo 2^32
  std::uint16_t slot = kUnarmed;  ///< level << 8 | slot, or kUnarmed
  std::uint16_t reserved = 0;

  static constexpr std::uint16_t kUnarmed = 0xffff;
  [[nodiscard]] bool armed() const noexcept { return slot != kUnarmed; }
};

class Wheel {
 public:
  explicit Wheel(Time start) noexcept;

  /// Tells where the objects of `kind` (0..3) lie: first node and distance between nodes, in bytes.
  void set_arena(unsigned kind, Node* first, std::size_t stride) noexcept;

  /// Arms or re-arms. A deadline that has passed fires at the next advance().
  void arm(TimerId id, Time deadline) noexcept;
  /// Does nothing when the timer is not armed.
  void cancel(TimerId id) noexcept;

  /// Fires what is due at `now` (deadline <= now, to the tick), oldest tick first: each node is unarmed, then
  /// on_expired(TimerId) is called, which may arm and cancel any timer. At most `budget` calls; returns how many. When
  /// the budget is exhausted the rest fires at the next call.
  template <class OnExpired>
  std::size_t advance(Time now, std::size_t budget, OnExpired&& on_expired);

  /// The earliest instant at which advance() may have something to do: exact for deadlines in the lowest level, a lower
  /// bound above it; nullopt when nothing is armed.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// Timers armed.
  [[nodiscard]] std::size_t pending() const noexcept;
};

}  // namespace millrace::timer
