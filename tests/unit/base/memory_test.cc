// Pages and entropy: what the kernel gives.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <vector>

#include "base/entropy.h"
#include "base/pages.h"

namespace millrace::base {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

bool aligned_to(const Pages& pages, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pages.data()) % alignment == 0;
}

TEST(Pages, AreZeroAndWritableToTheLastByte) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4096}, kHugePage - 1, kHugePage, 2 * kHugePage + 5}) {
    const Pages pages{bytes};
    EXPECT_EQ(pages.bytes(), bytes);
    auto* data = static_cast<unsigned char*>(pages.data());
    EXPECT_EQ(data[0], 0);
    EXPECT_EQ(data[bytes - 1], 0);
    data[0] = data[bytes - 1] = 1;
    EXPECT_TRUE(aligned_to(pages, 4096));
  }
}

TEST(Pages, LargeAreasAreAlignedForHugePages) {
  for (int i = 0; i < 8; ++i) {
    const Pages shift{4096};  // moves where the kernel puts the next area
    EXPECT_TRUE(aligned_to(Pages{kHugePage}, kHugePage));
    EXPECT_TRUE(aligned_to(Pages{3 * kHugePage + 4096}, kHugePage));
  }
}

/// Small pages that are backed.
std::ptrdiff_t backed(const Pages& pages) {
  std::vector<unsigned char> resident((pages.bytes() + 4095) / 4096);
  EXPECT_EQ(mincore(pages.data(), pages.bytes(), resident.data()), 0);
  return std::ranges::count_if(resident, [](unsigned char page) { return (page & 1) != 0; });
}

TEST(Pages, SmallOnesAreBackedOneByOne) {
  const Pages sparse{4 * kHugePage, PageSize::Small};
  auto* data = static_cast<unsigned char*>(sparse.data());
  for (const std::size_t place : {std::size_t{5}, kHugePage, 2 * kHugePage + 4096 * 7}) data[place] = 1;
  EXPECT_EQ(backed(sparse), 3);
}

TEST(Pages, ThrowWhenTheAddressSpaceEnds) { EXPECT_THROW(Pages{std::size_t{1} << 62}, std::bad_alloc); }

TEST(Entropy, FillsAllOfTheSpanAndNothingElse) {
  std::array<std::byte, 1024> bytes{};
  os_entropy(std::span{bytes}.subspan(16, 992));
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  EXPECT_TRUE(std::all_of(bytes.begin(), bytes.begin() + 16, is_zero));
  EXPECT_TRUE(std::all_of(bytes.end() - 16, bytes.end(), is_zero));
  for (std::size_t i = 16; i < 1008; i += 16)  // 16 zeros in a row happen once in 2^128
    EXPECT_FALSE(std::all_of(bytes.begin() + i, bytes.begin() + i + 16, is_zero)) << i;
}

TEST(Entropy, OfNothingIsNothing) { os_entropy({}); }

TEST(Entropy, DiffersFromCallToCall) {
  std::array<std::byte, 32> a{}, b{};
  os_entropy(a);
  os_entropy(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace millrace::base
