// The application's timers: in time, in order, cancelled for good, on the wheel of the connections.
#include <gtest/gtest.h>

#include <vector>

#include "support/bare_pair.h"

namespace millrace {
namespace {

struct Fired {
  std::uint64_t user;
  Time at;
};

struct TimerApp {
  std::vector<Fired> fired{};
  std::function<void(api::Shard, const api::Event&)> then{};

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind != api::EventKind::Timer) continue;
      EXPECT_FALSE(shard.connection(event.connection).valid());
      fired.push_back({event.user, shard.now()});
      if (then) then(shard, event);
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

constexpr Duration kTick{1 << 14};

struct ApiTimer : testing::Test {
  TimerApp app;
  api::BareStack stack{bare_settings(1), api::AppRef{app}};
  Time now{};

  /// Sleeps from deadline to deadline, as a program does.
  void run_for(Duration span) {
    const Time end = now + span;
    for (;;) {
      while (stack.advance(now)) {
      }
      stack.output([](std::span<const std::byte>) {});
      if (now >= end) return;
      now = std::clamp(stack.next_deadline().value_or(end), now, end);
    }
  }
  api::TimerId start(Duration after, std::uint64_t user) {
    auto timer = stack.shard().start_timer(now + after, user);
    EXPECT_TRUE(timer);
    return timer.value();
  }
  [[nodiscard]] std::vector<std::uint64_t> users() const {
    std::vector<std::uint64_t> all;
    for (const Fired& one : app.fired) all.push_back(one.user);
    return all;
  }
};

TEST_F(ApiTimer, FiresInOrderAndAtMostOneTickLate) {
  start(seconds{3}, 3);
  start(microseconds{50}, 0);
  start(milliseconds{20}, 1);
  start(milliseconds{700}, 2);
  run_for(seconds{10});
  EXPECT_EQ(users(), (std::vector<std::uint64_t>{0, 1, 2, 3}));
  const Duration asked[] = {microseconds{50}, milliseconds{20}, milliseconds{700}, seconds{3}};
  for (std::size_t i = 0; i < app.fired.size(); ++i) {
    EXPECT_GE(app.fired[i].at, Time{} + asked[i]);
    EXPECT_LE(app.fired[i].at, Time{} + asked[i] + kTick);
  }
}

TEST_F(ApiTimer, ATimeThatHasPassedFiresInTheNextTurn) {
  run_for(seconds{1});
  EXPECT_TRUE(stack.shard().start_timer(Time{}, 9));
  EXPECT_LE(stack.next_deadline(), now + kTick);
  run_for(kTick);
  EXPECT_EQ(users(), std::vector<std::uint64_t>{9});
}

TEST_F(ApiTimer, FartherThanTheWheelReachesIsStillInTime) {
  start(hours{50}, 1);
  run_for(hours{50} - seconds{1});
  EXPECT_TRUE(app.fired.empty());
  run_for(seconds{2});
  ASSERT_EQ(app.fired.size(), 1u);
  EXPECT_GE(app.fired[0].at, Time{} + hours{50});
  EXPECT_LE(app.fired[0].at, Time{} + hours{50} + kTick);
}

TEST_F(ApiTimer, ACancelledOneNeverComesAndItsHandleIsStale) {
  const api::TimerId one = start(seconds{1}, 1);
  start(seconds{2}, 2);
  EXPECT_TRUE(stack.shard().cancel_timer(one));
  EXPECT_FALSE(stack.shard().cancel_timer(one));
  const api::TimerId again = start(seconds{3}, 3);  // takes the place of the first
  EXPECT_FALSE(stack.shard().cancel_timer(one));
  run_for(seconds{5});
  EXPECT_EQ(users(), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_FALSE(stack.shard().cancel_timer(again));
  EXPECT_FALSE(stack.shard().cancel_timer({}));
}

TEST_F(ApiTimer, OneThatIsDueButNotToldCanStillBeCancelled) {
  std::vector<api::TimerId> ids;
  // More than fit into one batch of events, all due at once: the last of them wait for a later turn.
  for (std::uint64_t i = 0; i < 600; ++i) ids.push_back(start(seconds{1}, i));
  bool cancelled = false;
  app.then = [&](api::Shard shard, const api::Event& event) {
    if (event.user == 0) cancelled = shard.cancel_timer(ids[599]) && !shard.cancel_timer(ids[599]);
  };
  run_for(seconds{2});
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(app.fired.size(), 599u);
  for (std::uint64_t i = 0; i < app.fired.size(); ++i) EXPECT_EQ(app.fired[i].user, i);
}

TEST_F(ApiTimer, StartedInTheHandlerOfAnother) {
  app.then = [](api::Shard shard, const api::Event& event) {
    if (event.user == 5) return;
    EXPECT_TRUE(shard.start_timer(shard.now() + seconds{1}, event.user + 1));
  };
  start(seconds{1}, 0);
  run_for(minutes{1});
  EXPECT_EQ(users(), (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(ApiTimer, TooManyAreRefusedAndRoomComesBack) {
  std::vector<api::TimerId> ids;
  for (;;) {
    auto timer = stack.shard().start_timer(Time{} + seconds{1}, 0);
    if (!timer) {
      EXPECT_EQ(timer.error(), api::Error::TableFull);
      break;
    }
    ids.push_back(timer.value());
  }
  EXPECT_EQ(ids.size(), 65'536u);
  EXPECT_TRUE(stack.shard().cancel_timer(ids[17]));
  EXPECT_TRUE(stack.shard().start_timer(Time{} + seconds{1}, 0));
  EXPECT_FALSE(stack.shard().start_timer(Time{} + seconds{1}, 0));
  run_for(seconds{2});
  EXPECT_EQ(app.fired.size(), 65'536u);
}

}  // namespace
}  // namespace millrace
