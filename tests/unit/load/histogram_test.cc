// The histogram against a sorted list: quantiles to three digits, at every order of magnitude; merging.
#include "histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/random.h"

namespace millrace::load {
namespace {

TEST(HistogramTest, EveryValueLiesInItsStep) {
  std::uint64_t last = 0;
  for (std::uint64_t value = 0; value <= Histogram::kLargest; value += value / 700 + 1) {
    const std::size_t index = Histogram::index_of(value);
    EXPECT_GE(Histogram::last_value_of(index), value);
    EXPECT_LE(Histogram::last_value_of(index) - value, value / 1024);
    EXPECT_TRUE(index == 0 || Histogram::last_value_of(index - 1) < value);
    EXPECT_GE(index, last);
    last = index;
  }
}

TEST(HistogramTest, StepsFollowEachOtherWithoutAGap) {
  for (std::size_t index = 0; index < Histogram::index_of(Histogram::kLargest); ++index)
    ASSERT_EQ(Histogram::index_of(Histogram::last_value_of(index) + 1), index + 1);
}

TEST(HistogramTest, EmptyHasZeros) {
  const auto empty = std::make_unique<Histogram>();
  EXPECT_EQ(empty->count(), 0u);
  EXPECT_EQ(empty->quantile(0.5), Duration{0});
  EXPECT_EQ(empty->max(), Duration{0});
  EXPECT_EQ(empty->mean(), Duration{0});
}

TEST(HistogramTest, SmallValuesAreExact) {
  const auto histogram = std::make_unique<Histogram>();
  for (int ns = 1; ns <= 1000; ++ns) histogram->record(Duration{ns});
  EXPECT_EQ(histogram->quantile(0), Duration{1});
  EXPECT_EQ(histogram->quantile(0.5), Duration{500});
  EXPECT_EQ(histogram->quantile(0.501), Duration{501});
  EXPECT_EQ(histogram->quantile(0.999), Duration{999});
  EXPECT_EQ(histogram->quantile(1), Duration{1000});
  EXPECT_EQ(histogram->mean(), Duration{500});
}

TEST(HistogramTest, ValuesOutsideCountAtTheEnds) {
  const auto histogram = std::make_unique<Histogram>();
  histogram->record(Duration{-5});
  histogram->record(hours{1});
  EXPECT_EQ(histogram->quantile(0.5), Duration{0});
  EXPECT_EQ(histogram->max(), Duration{Histogram::kLargest});
}

/// Values of all magnitudes, and their quantiles by sorting.
struct Oracle {
  std::vector<std::int64_t> values;
  void fill(Histogram& histogram, std::uint64_t seed) {
    base::Random random{seed};
    for (int i = 0; i < 100'000; ++i) {
      const auto value = static_cast<std::int64_t>(random.next() >> (28 + random.below(30)));
      values.push_back(value);
      histogram.record(Duration{value});
    }
  }
  void expect_quantiles(const Histogram& histogram) {
    std::ranges::sort(values);
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
      const double exact = static_cast<double>(values[rank - 1]);
      EXPECT_NEAR(static_cast<double>(to_ns(histogram.quantile(q))), exact, exact / 1000) << q;
    }
    EXPECT_EQ(to_ns(histogram.max()), values.back());
  }
};

TEST(HistogramTest, QuantilesAreThoseOfASortedList) {
  const auto histogram = std::make_unique<Histogram>();
  Oracle oracle;
  oracle.fill(*histogram, 1);
  oracle.expect_quantiles(*histogram);
}

TEST(HistogramTest, MergedIsAsIfAllHadBeenRecordedInOne) {
  const auto one = std::make_unique<Histogram>(), other = std::make_unique<Histogram>();
  Oracle oracle;
  oracle.fill(*one, 2);
  oracle.fill(*other, 3);
  one->merge(*other);
  EXPECT_EQ(one->count(), 200'000u);
  oracle.expect_quantiles(*one);
  one->clear();
  EXPECT_EQ(one->count(), 0u);
  EXPECT_EQ(one->max(), Duration{0});
}

}  // namespace
}  // namespace millrace::load
