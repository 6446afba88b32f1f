// Links that are up, come up, or stay down.
#include "stack/link_wait.h"

#include <gtest/gtest.h>

#include <optional>

namespace millrace::stack {
namespace {

struct FakePort {
  struct Status {
    bool up;
  };
  const Duration* now;
  std::optional<Duration> up_at;
  [[nodiscard]] Status link() const { return {up_at && *now >= *up_at}; }
};

class LinkWait : public testing::Test {
 protected:
  using Indexes = std::vector<std::size_t>;
  Indexes wait(std::vector<std::optional<Duration>> up_at) {
    std::vector<FakePort> ports;
    for (const auto& at : up_at) ports.push_back({&now_, at});
    return down_after_waiting(ports, [this](Duration step) { now_ += step; });
  }
  Duration now_{0};
};

TEST_F(LinkWait, LinksThatAreUpCostNoTime) {
  EXPECT_EQ(wait({}), Indexes{});
  EXPECT_EQ(wait({Duration{0}, Duration{0}}), Indexes{});
  EXPECT_EQ(now_, Duration{0});
}

TEST_F(LinkWait, TheLastLinkIsWaitedFor) {
  EXPECT_EQ(wait({milliseconds{4000}, milliseconds{100}}), Indexes{});
  EXPECT_EQ(now_, milliseconds{4000});
}

TEST_F(LinkWait, ThePatienceEndsAndWhoIsDownIsNamed) {
  EXPECT_EQ(wait({Duration{0}, std::nullopt, kLinkPatience, kLinkPatience + nanoseconds{1}}), (Indexes{1, 3}));
  EXPECT_EQ(now_, kLinkPatience);
}

}  // namespace
}  // namespace millrace::stack
