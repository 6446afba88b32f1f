#include "text.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/random.h"

namespace millrace::load {
namespace {

constexpr std::size_t kPatternPeriod = 65521;  // the largest prime below 2^16

}  // namespace

Text::Text(std::span<const std::byte> block) : period_(static_cast<std::uint32_t>(block.size())) {
  bytes_.reserve(block.size() + kLongestStretch);
  while (bytes_.size() < block.size() + kLongestStretch) {
    const std::size_t room = block.size() + kLongestStretch - bytes_.size();
    const auto piece = block.first(std::min(room, block.size()));
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
  }
}

Text Text::pattern() {
  base::Random random{864};
  std::vector<std::byte> block(kPatternPeriod);
  for (std::byte& byte : block) byte = static_cast<std::byte>(random.next());
  return Text{block};
}

Text Text::chargen() {
  constexpr std::size_t kCharacters = 95, kLine = 72;  // ' ' to '~'
  std::string block;
  for (std::size_t line = 0; line < kCharacters; ++line) {
    for (std::size_t i = 0; i < kLine; ++i) block += static_cast<char>(' ' + (line + i) % kCharacters);
    block += "\r\n";
  }
  return Text{block};
}

std::size_t Text::difference(std::uint32_t position, std::span<const std::byte> got) const noexcept {
  for (std::size_t done = 0; done < got.size();) {
    const std::size_t n = std::min(got.size() - done, kLongestStretch);
    const std::byte* const want = at(position);
    if (std::memcmp(want, &got[done], n) != 0) {
      const auto stretch = got.subspan(done, n);
      return done +
             static_cast<std::size_t>(std::mismatch(stretch.begin(), stretch.end(), want).first - stretch.begin());
    }
    done += n;
    position = advance(position, static_cast<std::uint32_t>(n));
  }
  return got.size();
}

}  // namespace millrace::load
