// One cache line of the flow table: 12 references, 12 tags, and how many flows wanted in but did not fit.
//
// The idea is F14's (Bronson, Shi 2019): all tags are compared at once, and overflow counts tell a search whether it
// must go on, so erase leaves no tombstone. There are eight counts, by the tag's low bits: a bucket that has overflowed
// sends few searches on that find nothing. Memory of zeros is an empty bucket.
#pragma once

#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace::flow {

inline constexpr std::size_t kBucketSlots = 12;

/// A set of slots, walked from the lowest.
class SlotSet {
 public:
  explicit constexpr SlotSet(unsigned bits) noexcept : bits_(bits) {}
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr unsigned first() const noexcept { return static_cast<unsigned>(std::countr_zero(bits_)); }
  constexpr void drop_first() noexcept { bits_ &= bits_ - 1; }

 private:
  unsigned bits_;
};

class alignas(64) Bucket {
 public:
  using Tag = std::uint8_t;
  static constexpr Tag kEmpty = 0;

  [[nodiscard]] SlotSet matches(Tag tag) const noexcept {
    const auto tags = _mm_load_si128(reinterpret_cast<const __m128i*>(tags_.data()));
    const auto equal = _mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag)));
    return SlotSet{static_cast<unsigned>(_mm_movemask_epi8(equal)) & kAllSlots};
  }
  [[nodiscard]] std::uint32_t ref(unsigned slot) const noexcept { return refs_[slot]; }

  void set(unsigned slot, Tag tag, std::uint32_t ref) noexcept {
    tags_[slot] = tag;
    refs_[slot] = ref;
  }
  void set_ref(unsigned slot, std::uint32_t ref) noexcept { refs_[slot] = ref; }
  void clear(unsigned slot) noexcept { tags_[slot] = kEmpty; }

  /// A flow whose tag counts with `tag` passed here and lies further on.
  [[nodiscard]] bool overflowed(Tag tag) const noexcept { return overflows(tag) != 0; }
  /// Counts a flow that passes. At kStuck the count is unknown for good: searches go on, which is slower, never wrong.
  void add_overflow(Tag tag) noexcept {
    if (overflows(tag) != kStuck) set_counts(counts() + (1u << shift(tag)));
  }
  void sub_overflow(Tag tag) noexcept {
    if (overflows(tag) != kStuck) set_counts(counts() - (1u << shift(tag)));
  }
  static constexpr unsigned kStuck = 15;

 private:
  static constexpr unsigned kAllSlots = (1u << kBucketSlots) - 1;
  static constexpr unsigned kCountBits = 4, kCounts = 8;

  [[nodiscard]] static constexpr unsigned shift(Tag tag) noexcept { return tag % kCounts * kCountBits; }
  [[nodiscard]] unsigned overflows(Tag tag) const noexcept { return counts() >> shift(tag) & kStuck; }
  [[nodiscard]] std::uint32_t counts() const noexcept {
    std::uint32_t counts;
    std::memcpy(&counts, &tags_[kBucketSlots], sizeof counts);
    return counts;
  }
  void set_counts(std::uint32_t counts) noexcept { std::memcpy(&tags_[kBucketSlots], &counts, sizeof counts); }

  std::array<std::uint32_t, kBucketSlots> refs_;
  alignas(16) std::array<Tag, 16> tags_;  ///< 12 tags and the counts: what one SSE2 load takes
};
static_assert(sizeof(Bucket) == 64);

}  // namespace millrace::flow
