// Ticks: rounding, wrap, and the one node with several deadlines.
#include "tcp/timers.h"

#include <gtest/gtest.h>

#include "env.h"

namespace millrace::tcp {
namespace {

constexpr std::int64_t kTick = std::int64_t{1} << timer::kTickShift;

TEST(Ticks, RoundUpAndNeverZero) {
  EXPECT_EQ(to_tick(time_from_ns(0)), 1u);
  EXPECT_EQ(to_tick(time_from_ns(1)), 1u);
  EXPECT_EQ(to_tick(time_from_ns(kTick)), 1u);
  EXPECT_EQ(to_tick(time_from_ns(kTick + 1)), 2u);
  EXPECT_EQ(to_tick(time_from_ns(5 * kTick - 1)), 5u);
  EXPECT_EQ(to_tick(time_from_ns(kTick << 32)), 1u) << "0 means: not set";
  EXPECT_EQ(to_tick(time_from_ns((kTick << 32) - kTick)), 0xffff'ffffu);
}

TEST(Ticks, BackToTimeAroundTheWrap) {
  const std::int64_t wrap = kTick << 32;
  for (const std::int64_t now : {wrap - 3 * kTick, wrap, wrap + 5 * kTick + 7}) {
    for (const std::int64_t ahead : {-2, 1, 100, 1'000'000}) {
      const std::int64_t instant = (now / kTick + ahead) * kTick;
      const Tick tick = static_cast<Tick>(instant / kTick);
      EXPECT_EQ(to_ns(to_time(tick, time_from_ns(now))), instant);
    }
  }
}

TEST(Ticks, DueAtTheTickItself) {
  const Tick tick = 1000;
  EXPECT_FALSE(due(tick, time_from_ns(1000 * kTick - 1)));
  EXPECT_TRUE(due(tick, time_from_ns(1000 * kTick)));
  EXPECT_TRUE(due(tick, time_from_ns(1001 * kTick)));
  EXPECT_FALSE(due(0, time_from_ns(1000 * kTick)));
  EXPECT_FALSE(due(3, time_from_ns((kTick << 32) - kTick)));
  EXPECT_TRUE(due(0xffff'ffff, time_from_ns((kTick << 32) + kTick)));
}

TEST(Deadlines, TheNodeIsArmedAtTheEarliest) {
  TestEnv t;
  const auto armed = [&t] { return to_ns(to_time(t.tcb.timer.tick, t.env.now) - t.env.now); };
  set_deadline(t.tcb, &Tcb::user_at, t.env.now + seconds{10}, t.env);
  EXPECT_NEAR(static_cast<double>(armed()), 10e9, kTick);
  set_deadline(t.tcb, &Tcb::rexmit_at, t.env.now + seconds{1}, t.env);
  EXPECT_NEAR(static_cast<double>(armed()), 1e9, kTick);
  set_deadline(t.tcb, &Tcb::rexmit_at, t.env.now + seconds{2}, t.env);
  EXPECT_NEAR(static_cast<double>(armed()), 1e9, kTick) << "pushing a deadline later is one store";
  EXPECT_EQ(t.wheel.pending(), 1u);
}

TEST(Deadlines, AnEarlyExpiryArmsTheNext) {
  TestEnv t;
  t.tcb.state = State::Established;
  set_deadline(t.tcb, &Tcb::delayed_ack_at, t.env.now + milliseconds{40}, t.env);
  set_deadline(t.tcb, &Tcb::user_at, t.env.now + seconds{10}, t.env);
  t.tcb.delayed_ack_at = 0;  // the ACK went
  t.env.now += milliseconds{41};
  std::size_t fired = t.wheel.advance(t.env.now, 8, [&t](timer::TimerId) { on_timer(t.tcb, t.env); });
  EXPECT_EQ(fired, 1u);
  EXPECT_EQ(t.tcb.owed, 0);
  ASSERT_TRUE(t.tcb.timer.armed());
  EXPECT_EQ(t.tcb.timer.tick, t.tcb.user_at);
}

TEST(Deadlines, EachOfTheFiveIsTheEarliestOnce) {
  for (int first = 0; first < 5; ++first) {
    TestEnv t;
    t.tcb.state = State::Established;
    RarePart& rare = t.env.table.rare_part(t.tcb);
    Sender& sender = t.env.table.add_sender(t.tcb);
    int i = 0;
    for (Tick* tick : {&t.tcb.rexmit_at, &t.tcb.delayed_ack_at, &t.tcb.user_at, &rare.linger_at, &sender.loss_at})
      *tick = to_tick(t.env.now + seconds{i++ == first ? 3 : 7});
    on_timer(t.tcb, t.env);
    EXPECT_EQ(t.tcb.timer.tick, to_tick(t.env.now + seconds{3})) << first;
  }
}

TEST(Deadlines, NothingSetArmsNothing) {
  TestEnv t;
  t.tcb.state = State::Established;
  on_timer(t.tcb, t.env);
  EXPECT_FALSE(t.tcb.timer.armed());
}

TEST(Deadlines, AtMost9Hours) {
  TestEnv t;
  set_deadline(t.tcb, &Tcb::user_at, t.env.now + hours{20}, t.env);
  EXPECT_EQ(t.tcb.user_at, to_tick(t.env.now + hours{9}));
  set_deadline(t.tcb, &Tcb::user_at, t.env.now + hours{8}, t.env);
  EXPECT_EQ(t.tcb.user_at, to_tick(t.env.now + hours{8}));
}

TEST(Deadlines, AnIdleRetransmissionTimerDoesNothing) {
  TestEnv t;
  t.tcb.state = State::Established;
  t.tcb.rexmit_at = to_tick(t.env.now);
  t.env.now += milliseconds{1};
  on_timer(t.tcb, t.env);
  EXPECT_EQ(t.tcb.rexmit_at, 0u);
  EXPECT_EQ(t.count.timeouts.get(), 0u);
  EXPECT_TRUE(t.ready.empty());
}

}  // namespace
}  // namespace millrace::tcp
