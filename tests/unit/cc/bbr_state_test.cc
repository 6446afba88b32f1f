// BBR's states on a modelled path, by the draft's own test cases (draft-ietf-ccwg-bbr appendix A; their numbers are in
// the names) and the timing that its sections give.
#include <gtest/gtest.h>

#include <vector>

#include "bbr_model.h"

namespace millrace::cc {
namespace {

/// The state that follows this one, and how long this one lasted.
std::pair<Bbr::State, Duration> next_state(BbrModel& model) {
  const Bbr::State state = model.control.state();
  const Time begin = model.now();
  EXPECT_TRUE(model.run_until([&] { return model.control.state() != state; }, seconds{20}));
  return {model.control.state(), model.now() - begin};
}

void expect_near(std::uint64_t value, std::uint64_t expected, std::uint64_t percent) {
  EXPECT_GE(value * 100, expected * (100 - percent)) << value << " for " << expected;
  EXPECT_LE(value * 100, expected * (100 + percent)) << value << " for " << expected;
}

TEST(BbrStates, A1_StartupEndsWhenTheRateGrowsNoMore) {
  BbrModel model(kPath);
  std::vector<Rate> rates;  // at each round's end
  std::uint32_t round = 0;
  ASSERT_TRUE(model.run_until(
      [&] {
        if (model.control.round_count() != round && model.last_ack().rate.rate > 0)
          rates.push_back(model.last_ack().rate.rate);
        round = model.control.round_count();
        return model.control.state() != Bbr::State::Startup;
      },
      seconds{2}));
  EXPECT_EQ(model.control.state(), Bbr::State::Drain);
  EXPECT_TRUE(model.control.full_bw_reached());
  expect_near(model.control.max_bw(), kLink, 2);
  // The last three rounds grew by less than a quarter from one baseline, the round before by more.
  ASSERT_GE(rates.size(), 5u);
  const std::size_t last = rates.size() - 1;
  EXPECT_LT(rates[last] * 4, rates[last - 3] * 5);
  EXPECT_GE(rates[last - 3] * 4, rates[last - 4] * 5);
  // It doubles: from ten segments to the BDP's 345 in under six rounds, then one that fills the queue, and three more.
  EXPECT_LE(model.control.round_count(), 12u);
}

TEST(BbrStates, A2_StartupEndsByLossThoughTheApplicationIsTheLimit) {
  BbrModel model(kPath);
  model.app_rate = kLink * 6 / 10;
  model.run_for(seconds{1});
  ASSERT_EQ(model.control.state(), Bbr::State::Startup);
  model.path.loss_ppm = 50'000;
  EXPECT_EQ(next_state(model).first, Bbr::State::ProbeBwDown) << "nothing was queued: Drain is done at once";
  EXPECT_TRUE(model.control.full_bw_reached());
  EXPECT_NE(model.control.inflight_longterm(), Bbr::kNoBound);
  EXPECT_GE(model.control.inflight_longterm(), model.control.max_bw() * 40 / 1000 * 99 / 100) << "at least the BDP";
}

TEST(BbrStates, StartupBearsLossBelowTheThreshold) {
  BbrModel model(kPath, 3);
  model.path.loss_ppm = 10'000;
  ASSERT_TRUE(reach(model, Bbr::State::Drain));
  expect_near(model.control.max_bw(), kLink, 2);
}

TEST(BbrStates, A3_DrainPacesAtHalfUntilTheQueueIsGone) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::Drain));
  EXPECT_GT(model.queued(), model.bdp() * 9 / 10);
  EXPECT_EQ(model.window.pacing_rate, model.control.bw() / 2 * 99 / 100);
  const auto [next, lasted] = next_state(model);
  EXPECT_EQ(next, Bbr::State::ProbeBwCruise) << "DOWN has nothing to do and passes on the ACK after";
  EXPECT_LT(lasted, milliseconds{40} * 9 / 4);
  EXPECT_LT(model.queued(), model.bdp() / 50);
}

TEST(BbrStates, A4_A9_NeitherDrainNorDownWaitForeverForTheQueue) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::Drain));
  model.set_rate(kLink * 40 / 100);
  const std::uint32_t round = model.control.round_count();
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwDown));
  EXPECT_EQ(model.control.round_count(), round + 4);
  EXPECT_GT(model.in_flight(), model.bdp());
  const Duration wait = model.control.probe_wait();
  EXPECT_GE(wait, seconds{2});
  EXPECT_LT(wait, seconds{3});
  const auto [next, lasted] = next_state(model);
  EXPECT_EQ(next, Bbr::State::ProbeBwRefill);
  EXPECT_GT(lasted, wait);
  EXPECT_LT(lasted, wait + milliseconds{2});
}

TEST(BbrStates, CyclesThroughDownCruiseRefillAndUp) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  std::vector<Bbr::State> states;
  for (int i = 0; i < 4; ++i) states.push_back(next_state(model).first);
  EXPECT_EQ(states, (std::vector{Bbr::State::ProbeBwRefill, Bbr::State::ProbeBwUp, Bbr::State::ProbeBwDown,
                                 Bbr::State::ProbeBwCruise}));
}

TEST(BbrStates, A5_A8_UpEndsOnAPlateauAndDownDrains) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwRefill));
  EXPECT_EQ(model.window.pacing_rate, model.control.bw() * 99 / 100);
  const std::uint32_t refill = model.control.round_count();
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwUp));
  EXPECT_EQ(model.control.round_count(), refill + 1) << "REFILL lasts one round";
  EXPECT_EQ(model.window.pacing_rate, model.control.bw() * 125 / 100 * 99 / 100);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwDown));
  EXPECT_EQ(model.control.round_count(), refill + 4) << "three rounds without growth";
  EXPECT_EQ(model.window.pacing_rate, model.control.bw() * 90 / 100 * 99 / 100);
  EXPECT_GT(model.queued(), model.bdp() / 2);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  EXPECT_LE(model.in_flight(),
            model.control.max_bw() * static_cast<std::uint64_t>(to_us(model.control.min_rtt())) / 1'000'000);
  EXPECT_LT(model.queued(), model.bdp() / 50);
}

TEST(BbrStates, A6_UpEndsByLossThoughTheApplicationIsTheLimit) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwUp));
  model.app_rate = kLink * 9 / 10;
  model.path.loss_ppm = 100'000;
  const auto [next, lasted] = next_state(model);
  EXPECT_TRUE(next == Bbr::State::ProbeBwDown || next == Bbr::State::ProbeBwCruise);
  EXPECT_LT(lasted, milliseconds{80});
}

TEST(BbrStates, A7_TheApplicationsLimitIsNoPlateau) {
  BbrModel startup(kPath);
  startup.app_rate = kLink / 10;
  startup.run_for(seconds{4});
  EXPECT_EQ(startup.control.state(), Bbr::State::Startup);

  BbrModel up({.rate = kLink, .rtt = milliseconds{4}});
  ASSERT_TRUE(reach(up, Bbr::State::ProbeBwUp));
  up.app_rate = kLink / 10;
  const Time begin = up.now();
  up.run_until([&] { return up.control.state() != Bbr::State::ProbeBwUp; }, seconds{4});
  EXPECT_GE(up.now() - begin, seconds{4});
}

TEST(BbrStates, SmallPathsAreProbedOnTheTimeScaleOfReno) {  // 5.3.3.8.2
  // 345 segments per 4 ms: 63 rounds come before two seconds.
  BbrModel model({.rate = kLink * 10, .rtt = milliseconds{4}});
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwUp));
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwDown));
  const std::uint32_t down = model.control.round_count();
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwRefill));
  EXPECT_GE(model.control.round_count() - down, 62u);
  EXPECT_LE(model.control.round_count() - down, 63u);
  // 34 segments per round trip: as many rounds.
  BbrModel small({.rate = kLink, .rtt = milliseconds{4}});
  ASSERT_TRUE(reach(small, Bbr::State::ProbeBwUp));
  ASSERT_TRUE(reach(small, Bbr::State::ProbeBwDown));
  const std::uint32_t begin = small.control.round_count();
  ASSERT_TRUE(reach(small, Bbr::State::ProbeBwRefill));
  EXPECT_GE(small.control.round_count() - begin, 33u);
  EXPECT_LE(small.control.round_count() - begin, 35u);
}

TEST(BbrStates, A10_ProbeRttEveryFiveSecondsForTwoHundredMilliseconds) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  expect_near(static_cast<std::uint64_t>(to_ms(model.now() - Time{})), 5040, 1);
  EXPECT_EQ(model.window.cwnd,
            model.control.bw() * static_cast<std::uint64_t>(to_ns(model.control.min_rtt())) / 1'000'000'000 / 2);
  auto [next, lasted] = next_state(model);
  EXPECT_EQ(next, Bbr::State::ProbeBwCruise);
  EXPECT_GT(lasted, milliseconds{200});
  EXPECT_LT(lasted, milliseconds{260});
  EXPECT_GT(model.window.cwnd, model.bdp()) << "the window of before is back";
  const Time end = model.now();
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  expect_near(static_cast<std::uint64_t>(to_ms(model.now() - end)), 5000, 1);
}

TEST(BbrStates, A11_IdlenessSparesProbeRtt) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  model.app_rate = 0;
  model.run_for(seconds{6});
  ASSERT_EQ(model.in_flight(), 0u);
  model.app_rate = ~Rate{0};
  const std::uint32_t round = model.control.round_count();
  bool probed = false;
  model.run_until(
      [&] {
        probed |= model.control.state() == Bbr::State::ProbeRtt;
        return model.control.round_count() > round + 2;
      },
      seconds{1});
  EXPECT_FALSE(probed);
  EXPECT_EQ(model.window.pacing_rate / 1000,
            model.control.bw() * model.control.pacing_gain_percent() / 100 * 99 / 100 / 1000);
}

TEST(BbrStates, IdlenessSparesOnlyOneProbeRtt) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  model.app_rate = 0;
  model.run_for(seconds{6});
  model.app_rate = ~Rate{0};
  const Time begin = model.now();
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  EXPECT_GT(model.now() - begin, seconds{4});
  EXPECT_LT(model.now() - begin, seconds{6});
}

TEST(BbrStates, ProbeRttLastsARoundAtLeast) {  // 5.3.4.1
  BbrModel model({.rate = kLink / 10, .rtt = milliseconds{600}});
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  EXPECT_GT(next_state(model).second, milliseconds{750});
}

TEST(BbrStates, A20_ProbeRttInStartupReturnsToStartup) {
  BbrModel model(kPath);
  model.app_rate = kLink / 10;
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  EXPECT_FALSE(model.control.full_bw_reached());
  EXPECT_EQ(next_state(model).first, Bbr::State::Startup);
}

TEST(BbrStates, A22_ProbingGoesOnThoughRefillWasStarved) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwRefill));
  const Rate before = model.control.max_bw();
  model.app_rate = kLink / 5;
  EXPECT_EQ(next_state(model).first, Bbr::State::ProbeBwUp);
  EXPECT_EQ(model.control.max_bw(), before);
}

TEST(BbrStates, SamplesOfProbeRttDoNotLowerTheEstimate) {  // 5.3.4.3: MarkConnectionAppLimited
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  model.run_for(seconds{1});
  expect_near(model.control.max_bw(), kLink, 1);
  EXPECT_GE(utilization(model, seconds{2}), 98u);
}

}  // namespace
}  // namespace millrace::cc
