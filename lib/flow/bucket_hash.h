// The hash that picks a flow's bucket: SipHash-1-3 of the key under a secret, written out for exactly 24 bytes.
//
// Equal to base::siphash13 over the key's bytes. The secret keeps peers from aiming at one bucket, which the NIC's hash
// (linear, with known keys) would let them do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/load.h"
#include "base/siphash_core.h"
#include "flow/flow_key.h"

namespace millrace::flow {

class BucketHash {
 public:
  explicit BucketHash(const base::SipKey& secret) noexcept : secret_(secret) {}

  [[nodiscard]] std::uint64_t operator()(const FlowKey& key) const noexcept {
    return of<std::uint64_t>([&](std::size_t i) { return word(key, i); });
  }
#ifdef __AVX2__
  static constexpr std::size_t kLanes = 4;
#else
  static constexpr std::size_t kLanes = 2;
#endif
  /// hashes[i] = (*this)(keys[i]), all lanes at once.
  void hash_lanes(const FlowKey* keys, std::uint64_t* hashes) const noexcept {
    const auto words = [&](std::size_t i) {
      Lanes lanes;
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = word(keys[lane], i);
      return lanes;
    };
    const auto lanes = of<Lanes>(words);
    std::memcpy(hashes, &lanes, sizeof lanes);
  }

 private:
  using Lanes [[gnu::vector_size(kLanes * sizeof(std::uint64_t))]] = std::uint64_t;

  [[nodiscard]] static std::uint64_t word(const FlowKey& key, std::size_t i) noexcept {
    return base::load_u64(reinterpret_cast<const std::byte*>(&key) + i * sizeof(std::uint64_t));
  }
  template <class Word, class WordAt>
  [[nodiscard]] Word of(WordAt&& word_at) const noexcept {
    base::SipState<1, 3, Word> state{secret_};
    for (std::size_t i = 0; i < sizeof(FlowKey) / sizeof(std::uint64_t); ++i) state.absorb(word_at(i));
    return state.finish(Word{} + (std::uint64_t{sizeof(FlowKey)} << 56));
  }

  base::SipKey secret_;
};

}  // namespace millrace::flow
