// The lists that a wheel is made of: doubly linked by index, with a bitmap of those in use.
//
// A wheel owns no timer. A Node lies inside the object that it times (connection, TIME-WAIT entry, half-open entry);
// the objects of one kind lie in one array (an arena), and a 32-bit TimerId names kind and index. Appending and
// removing are O(1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::timer {

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

/// Embedded in the timed object. 16 bytes. Touched only by its wheel.
struct Node {
  std::uint32_t next = kNone;
  std::uint32_t prev = kNone;
  std::uint32_t tick = 0;         ///< deadline in the wheel's ticks, modulo 2^32
  std::uint16_t slot = kUnarmed;  ///< the list it is in, or kUnarmed
  std::uint16_t reserved = 0;

  static constexpr std::uint16_t kUnarmed = 0xffff;
  [[nodiscard]] bool armed() const noexcept { return slot != kUnarmed; }
};
static_assert(sizeof(Node) == 16);

/// `kLists` lists, numbered from 0.
template <unsigned kLists>
class NodeLists {
 public:
  using List = std::uint16_t;
  static constexpr unsigned kWordBits = 64;
  static_assert(kLists < Node::kUnarmed);

  /// Tells where the objects of `kind` (0..3) lie: first node and distance between nodes, in bytes.
  void set_arena(unsigned kind, Node* first, std::size_t stride) noexcept {
    arenas_[kind] = {reinterpret_cast<std::byte*>(first), stride};
  }
  [[nodiscard]] Node& node(std::uint32_t id) const noexcept {
    const Arena& arena = arenas_[TimerId{id}.kind()];
    return *reinterpret_cast<Node*>(arena.first + arena.stride * TimerId{id}.index());
  }

  [[nodiscard]] bool in_use(List list) const noexcept { return (used_[list / kWordBits] & bit(list)) != 0; }
  /// Lists 64 i to 64 i + 63, one bit each: the list is not empty.
  [[nodiscard]] std::uint64_t used_word(unsigned i) const noexcept { return used_[i]; }
  /// kNone when it is empty.
  [[nodiscard]] std::uint32_t head(List list) const noexcept { return lists_[list].head; }

  /// `n` is the node of `id`, in no list; all of it is written.
  void append(std::uint32_t id, Node& n, std::uint32_t tick, List list) noexcept {
    Ends& ends = lists_[list];
    n = {.next = kNone, .prev = ends.tail, .tick = tick, .slot = list};
    if (ends.tail == kNone) {
      ends.head = id;
      used_[list / kWordBits] |= bit(list);
    } else {
      node(ends.tail).next = id;
    }
    ends.tail = id;
  }

  /// Out of the list that it is in.
  void remove(Node& n) noexcept {
    Ends& ends = lists_[n.slot];
    (n.prev == kNone ? ends.head : node(n.prev).next) = n.next;
    (n.next == kNone ? ends.tail : node(n.next).prev) = n.prev;
    if (n.prev == kNone && n.next == kNone) used_[n.slot / kWordBits] &= ~bit(n.slot);
    n.slot = Node::kUnarmed;
  }

 private:
  [[nodiscard]] static constexpr std::uint64_t bit(List list) noexcept {
    return std::uint64_t{1} << (list % kWordBits);
  }

  struct Arena {
    std::byte* first = nullptr;
    std::size_t stride = 0;
  };
  struct Ends {
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
  };

  std::array<std::uint64_t, (kLists + kWordBits - 1) / kWordBits> used_{};
  std::array<Arena, 4> arenas_{};
  std::array<Ends, kLists> lists_{};
};

}  // namespace millrace::timer
