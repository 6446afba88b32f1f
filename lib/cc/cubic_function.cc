// With C = 0.4 segments per second cubed and ticks of 2^16 ns, C * d^3 is d^3 * SMSS / (5^28 / 2^22) bytes.
#include "cc/cubic_function.h"

#include <algorithm>
#include <bit>

#include "cc/facts.h"

namespace millrace::cc {
namespace {

constexpr std::uint64_t kTicksCubedPerSegment = 8'881'784'197'001;  // 5^28 / 2^22
constexpr std::int64_t kPerSegment = 135'525'272;                   // the same / 2^16

}  // namespace

std::uint32_t cube_root(std::uint64_t n) noexcept {
  if (n == 0) return 0;
  // Newton's iteration from above: a power of two whose cube is larger.
  std::uint64_t root = std::uint64_t{1} << ((std::bit_width(n) + 2) / 3);
  for (;;) {
    const std::uint64_t next = (2 * root + n / (root * root)) / 3;
    if (next >= root) return static_cast<std::uint32_t>(root);
    root = next;
  }
}

std::uint32_t cubic_k(std::uint32_t bytes, std::uint32_t smss) noexcept {
  const std::uint64_t segments = bytes / smss, rest = bytes % smss;
  constexpr std::uint64_t kFarthest = std::uint64_t{kMaxCubicSpan} * kMaxCubicSpan * kMaxCubicSpan;
  if (segments >= kFarthest / kTicksCubedPerSegment) return kMaxCubicSpan;
  return cube_root(segments * kTicksCubedPerSegment + rest * kTicksCubedPerSegment / smss);
}

std::uint32_t cubic_window(Tick t, std::uint32_t k, std::uint32_t w_max, std::uint32_t smss) noexcept {
  const std::int64_t d = std::min<std::int64_t>(std::int64_t{t} - k, kMaxCubicSpan);
  const std::int64_t growth = d * d * d / (1 << 16) * smss / kPerSegment;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(w_max + growth, 0, kMaxWindow));
}

}  // namespace millrace::cc
