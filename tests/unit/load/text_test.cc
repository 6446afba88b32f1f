// Text that repeats: stretches, positions, and where it differs from what came.
#include "text.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::load {
namespace {

std::string stretch(const Text& text, std::uint32_t position, std::size_t length) {
  return {reinterpret_cast<const char*>(text.at(position)), length};
}

TEST(TextTest, RepeatsItsBlock) {
  const Text text{"abc"};
  EXPECT_EQ(text.period(), 3u);
  EXPECT_EQ(stretch(text, 2, 7), "cabcabc");
  EXPECT_EQ(text.advance(2, 0), 2);
  EXPECT_EQ(text.advance(2, 1), 0);
  EXPECT_EQ(text.advance(1, 4'000'000'000u), 2);
}

TEST(TextTest, AStretchMayBeginAtEveryPosition) {
  const Text text = Text::pattern();
  const std::uint32_t last = text.period() - 1;
  EXPECT_EQ(stretch(text, last, Text::kLongestStretch).substr(1), stretch(text, 0, Text::kLongestStretch - 1));
}

TEST(TextTest, ChargenIsRfc864s) {
  const Text text = Text::chargen();
  EXPECT_EQ(text.period(), 95u * 74u);
  EXPECT_EQ(stretch(text, 0, 4), " !\"#");
  EXPECT_EQ(stretch(text, 70, 6), "fg\r\n!\"");
  EXPECT_EQ(stretch(text, text.period() - 76, 76 + 3).substr(76), " !\"");
}

TEST(TextTest, FindsTheFirstDifference) {
  const Text text = Text::pattern();
  std::vector<std::byte> got(3 * Text::kLongestStretch);
  const std::uint32_t from = text.period() - 100;
  std::uint32_t position = from;
  for (std::byte& byte : got) {
    byte = *text.at(position);
    position = text.advance(position, 1);
  }
  EXPECT_EQ(text.difference(from, got), got.size());
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{99}, std::size_t{100}, Text::kLongestStretch, got.size() - 1}) {
    got[at] ^= std::byte{1};
    EXPECT_EQ(text.difference(from, got), at);
    got[at] ^= std::byte{1};
  }
  EXPECT_EQ(text.difference(from, {}), 0u);
}

}  // namespace
}  // namespace millrace::load
