// The rounds of SipHash, shared by the general functions and by hashes specialised for one input size.
//
// Word is std::uint64_t, or a vector of them: as many inputs at once, one in each lane.
#pragma once

#include <cstdint>

#include "base/siphash.h"

namespace millrace::base {

template <int kCompressionRounds, int kFinalRounds, class Word = std::uint64_t>
class SipState {
 public:
  explicit SipState(const SipKey& key) noexcept
      : v0_(Word{} + (key.k0 ^ 0x736f6d6570736575)),
        v1_(Word{} + (key.k1 ^ 0x646f72616e646f6d)),
        v2_(Word{} + (key.k0 ^ 0x6c7967656e657261)),
        v3_(Word{} + (key.k1 ^ 0x7465646279746573)) {}

  void absorb(Word word) noexcept {
    v3_ ^= word;
    for (int i = 0; i < kCompressionRounds; ++i) round();
    v0_ ^= word;
  }

  /// `last` holds the bytes that fill no word, and the input's length modulo 256 in its top byte.
  [[nodiscard]] Word finish(Word last) noexcept {
    absorb(last);
    v2_ ^= Word{} + 0xff;
    for (int i = 0; i < kFinalRounds; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  [[nodiscard]] static Word rotl(Word word, int bits) noexcept { return word << bits | word >> (64 - bits); }

  void round() noexcept {
    v0_ += v1_;
    v1_ = rotl(v1_, 13) ^ v0_;
    v0_ = rotl(v0_, 32);
    v2_ += v3_;
    v3_ = rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = rotl(v1_, 17) ^ v2_;
    v2_ = rotl(v2_, 32);
  }

  Word v0_, v1_, v2_, v3_;
};

}  // namespace millrace::base
