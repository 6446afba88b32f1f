// SipHash over inputs of any length: whole words first, then the rest with the length in the top byte.
#include "base/siphash.h"

#include "base/load.h"
#include "base/siphash_core.h"

namespace millrace::base {
namespace {

template <int kCompressionRounds, int kFinalRounds>
std::uint64_t siphash(const SipKey& key, std::span<const std::byte> input) noexcept {
  SipState<kCompressionRounds, kFinalRounds> state{key};
  std::uint64_t last = std::uint64_t{input.size()} << 56;
  for (; input.size() >= 8; input = input.subspan(8)) state.absorb(load_u64(input.data()));
  for (std::size_t i = 0; i < input.size(); ++i) last |= std::to_integer<std::uint64_t>(input[i]) << (8 * i);
  return state.finish(last);
}

}  // namespace

std::uint64_t siphash13(const SipKey& key, std::span<const std::byte> input) noexcept {
  return siphash<1, 3>(key, input);
}

std::uint64_t siphash24(const SipKey& key, std::span<const std::byte> input) noexcept {
  return siphash<2, 4>(key, input);
}

}  // namespace millrace::base
