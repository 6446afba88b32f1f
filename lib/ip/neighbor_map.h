// A bounded map from {port, address} to an Entry that never moves: the storage under NeighborTable and ArpResolver.
//
// Chained hashing under a secret (hosts on the link choose their addresses). A small direct-mapped hint, checked
// against the key, spares the hash for the few neighbors that most packets go to. Entries that may make room for others
// are idle; a list through them has the longest idle at its head, so that making room costs the same however many there
// are. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/siphash.h"
#include "wire/address.h"

namespace millrace::ip {

struct NeighborKey {
  std::uint16_t port = 0;
  wire::IpAddress ip;
  friend bool operator==(const NeighborKey&, const NeighborKey&) = default;
};

template <class Entry>
class NeighborMap {
 public:
  NeighborMap(std::uint32_t capacity, const base::SipKey& secret)
      : secret_(secret), cells_(capacity), buckets_(std::bit_ceil(capacity | 1u), kNone) {
    for (std::uint32_t i = capacity; i-- > 0;) release(i);
  }

  [[nodiscard]] Entry* find(const NeighborKey& key) noexcept {
    std::uint32_t& hint = hints_[key.ip.bytes[15] % kHints];
    if (hint < cells_.size() && cells_[hint].used && cells_[hint].key == key) return &cells_[hint].entry;
    for (std::uint32_t i = buckets_[bucket_of(key)]; i != kNone; i = cells_[i].next) {
      if (cells_[i].key != key) continue;
      hint = i;
      return &cells_[i].entry;
    }
    return nullptr;
  }

  /// A fresh Entry; nullptr when full. The key must be absent.
  [[nodiscard]] Entry* insert(const NeighborKey& key) noexcept {
    if (free_ == kNone) return nullptr;
    const std::uint32_t i = free_;
    free_ = cells_[i].next;
    std::uint32_t& head = buckets_[bucket_of(key)];
    cells_[i] = Cell{.key = key, .next = head, .used = true};
    head = i;
    ++size_;
    return &cells_[i].entry;
  }

  /// Forgets a key that is present; its Entry is dead afterwards.
  void erase(const NeighborKey& key) noexcept {
    std::uint32_t* link = &buckets_[bucket_of(key)];
    while (cells_[*link].key != key) link = &cells_[*link].next;
    const std::uint32_t i = *link;
    *link = cells_[i].next;
    unlist(i);
    release(i);
    --size_;
  }

  /// The entry may be evicted: after all that are idle already.
  void set_idle(const Entry& entry) noexcept {
    const std::uint32_t i = index_of(entry);
    unlist(i);
    Cell& cell = cells_[i];
    cell.idle = true;
    cell.older = newest_idle_;
    (newest_idle_ == kNone ? oldest_idle_ : cells_[newest_idle_].newer) = i;
    newest_idle_ = i;
  }
  /// It may not any more; a fresh one may not either.
  void set_busy(const Entry& entry) noexcept { unlist(index_of(entry)); }
  /// Forgets the entry that has been idle for longest; false when none is.
  bool evict_oldest() noexcept {
    if (oldest_idle_ == kNone) return false;
    erase(NeighborKey{cells_[oldest_idle_].key});
    return true;
  }

  /// Calls visit(key, entry) for each; it may erase that very key. O(capacity).
  template <class Visit>
  void for_each(Visit&& visit) {
    for (Cell& cell : cells_)
      if (cell.used) visit(NeighborKey{cell.key}, cell.entry);
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool full() const noexcept { return free_ == kNone; }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::size_t kHints = 64;
  struct Cell {
    NeighborKey key;
    std::uint32_t next = kNone;
    bool used = false;
    bool idle = false;
    std::uint32_t older = kNone;  ///< neighbours in the list of the idle
    std::uint32_t newer = kNone;
    Entry entry{};
  };

  [[nodiscard]] std::size_t bucket_of(const NeighborKey& key) const noexcept {
    std::array<std::uint8_t, 18> bytes;
    std::copy(key.ip.bytes.begin(), key.ip.bytes.end(), bytes.begin());
    bytes[16] = static_cast<std::uint8_t>(key.port);
    bytes[17] = static_cast<std::uint8_t>(key.port >> 8);
    return base::siphash13(secret_, std::as_bytes(std::span{bytes})) & (buckets_.size() - 1);
  }
  [[nodiscard]] std::uint32_t index_of(const Entry& entry) const noexcept {
    const auto* at = reinterpret_cast<const std::byte*>(&entry);
    const auto* first = reinterpret_cast<const std::byte*>(&cells_.front().entry);
    return static_cast<std::uint32_t>(static_cast<std::size_t>(at - first) / sizeof(Cell));
  }
  void unlist(std::uint32_t i) noexcept {
    Cell& cell = cells_[i];
    if (!cell.idle) return;
    (cell.older == kNone ? oldest_idle_ : cells_[cell.older].newer) = cell.newer;
    (cell.newer == kNone ? newest_idle_ : cells_[cell.newer].older) = cell.older;
    cell.idle = false;
    cell.older = cell.newer = kNone;
  }
  void release(std::uint32_t i) noexcept {
    cells_[i] = Cell{};
    cells_[i].next = free_;
    free_ = i;
  }

  base::SipKey secret_;
  std::vector<Cell> cells_;
  std::vector<std::uint32_t> buckets_;
  std::array<std::uint32_t, kHints> hints_{};
  std::uint32_t free_ = kNone;
  std::uint32_t oldest_idle_ = kNone;
  std::uint32_t newest_idle_ = kNone;
  std::uint32_t size_ = 0;
};

}  // namespace millrace::ip
