#include "coro/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "base/random.h"

namespace millrace::coro {
namespace {

struct Noting final : Timer {
  Noting(int name, std::vector<int>& log) : name(name), log(&log) {}
  void expired() noexcept override { log->push_back(name); }
  int name;
  std::vector<int>* log;
};

constexpr std::size_t kAll = ~std::size_t{0};

Time at(std::int64_t ms) { return Time{milliseconds{ms}}; }

TEST(Timers, ExpireInOrderOfTimeThenOfArming) {
  Timers timers;
  std::vector<int> log;
  Noting a{1, log}, b{2, log}, c{3, log}, d{4, log};
  EXPECT_EQ(timers.next(), std::nullopt);
  timers.start(a, at(20));
  timers.start(b, at(10));
  timers.start(c, at(20));
  timers.start(d, at(21));
  EXPECT_EQ(timers.next(), at(10));
  timers.expire(at(9), kAll);
  EXPECT_TRUE(log.empty());
  timers.expire(at(20), kAll);
  EXPECT_EQ(log, (std::vector{2, 1, 3}));
  EXPECT_FALSE(a.armed());
  EXPECT_EQ(timers.next(), at(21));
}

TEST(Timers, OneThatIsCancelledOrDestroyedDoesNotExpire) {
  Timers timers;
  std::vector<int> log;
  Noting a{1, log};
  {
    Noting b{2, log};
    timers.start(b, at(1));
    timers.start(a, at(2));
  }
  EXPECT_EQ(timers.next(), at(2));
  a.cancel();
  a.cancel();
  EXPECT_EQ(timers.next(), std::nullopt);
  const Noting copy{a};
  timers.start(a, at(3));
  EXPECT_FALSE(copy.armed());
  timers.expire(at(3), kAll);
  EXPECT_EQ(log, std::vector{1});
}

TEST(Timers, NoMoreThanAskedForAtOnce) {
  Timers timers;
  std::vector<int> log;
  Noting a{1, log}, b{2, log}, c{3, log};
  for (Noting* timer : {&a, &b, &c}) timers.start(*timer, at(1));
  timers.expire(at(2), 2);
  EXPECT_EQ(log, (std::vector{1, 2}));
  EXPECT_EQ(timers.next(), at(1)) << "it is due still";
  timers.expire(at(2), 2);
  EXPECT_EQ(log, (std::vector{1, 2, 3}));
}

TEST(Timers, LikeASortedMap) {
  Timers timers;
  base::Random random{5};
  std::vector<int> log, expected;
  std::vector<std::unique_ptr<Noting>> all;
  std::multimap<Time, int> oracle;
  for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<Noting>(i, log));
  for (std::int64_t now = 0; now < 5'000; ++now) {
    Noting& timer = *all[static_cast<std::size_t>(random.below(all.size()))];
    if (timer.armed()) {
      const auto [from, to] = oracle.equal_range(timer.deadline());
      oracle.erase(std::find_if(from, to, [&](const auto& entry) { return entry.second == timer.name; }));
      timer.cancel();
    } else {
      const Time deadline = at(now + static_cast<std::int64_t>(random.below(100)));
      timers.start(timer, deadline);
      oracle.emplace(deadline, timer.name);
    }
    for (; !oracle.empty() && oracle.begin()->first <= at(now); oracle.erase(oracle.begin()))
      expected.push_back(oracle.begin()->second);
    timers.expire(at(now), kAll);
    ASSERT_EQ(log, expected);
    ASSERT_EQ(timers.next(), oracle.empty() ? std::nullopt : std::optional{oracle.begin()->first});
  }
}

}  // namespace
}  // namespace millrace::coro
