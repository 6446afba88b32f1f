// xoshiro256** (Blackman, Vigna 2018), its state filled by splitmix64 so that any seed, 0 included, is a good one.
#include "base/random.h"

#include <bit>

#include "base/wide.h"

namespace millrace::base {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) noexcept {
  for (auto& word : state_) word = splitmix64(seed);
}

std::uint64_t Random::next() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// The high half of a 128-bit product (Lemire 2019); drawing again below 2^64 mod bound makes it exactly uniform.
std::uint64_t Random::below(std::uint64_t bound) noexcept {
  if (bound == 0) return 0;
  const std::uint64_t rejected = -bound % bound;
  Uint128 product;
  do {
    product = Uint128{next()} * bound;
  } while (static_cast<std::uint64_t>(product) < rejected);
  return static_cast<std::uint64_t>(product >> 64);
}

bool Random::chance(double probability) noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }

}  // namespace millrace::base
