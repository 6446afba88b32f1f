// BBR's rules one by one, by facts made for each (draft-ietf-ccwg-bbr; sections in the names), and the arithmetic they
// stand on.
#include <gtest/gtest.h>

#include "bbr_model.h"
#include "cc/rate.h"
#include "cc/windowed_max.h"

namespace millrace::cc {
namespace {

TEST(BbrArithmetic, BytesInASpan) {
  EXPECT_EQ(bytes_in(12'500'000, milliseconds{40}), 500'000u);
  EXPECT_EQ(bytes_in(12'499'999, milliseconds{40}), 499'999u);
  EXPECT_EQ(bytes_in(1, Duration{999'999'999}), 0u);
  EXPECT_EQ(bytes_in(50'000'000'000, seconds{10}), 500'000'000'000u) << "400 Gbit/s for ten seconds";
  EXPECT_EQ(bytes_in(1000, Duration{-5}), 0u);
  EXPECT_EQ(bytes_in(1000, hours{1}), 18'000u);
}

TEST(BbrArithmetic, WindowedMaxForgets) {
  WindowedMax max;
  max.update(10, 0, 10);
  max.update(7, 5, 10);
  max.update(5, 9, 10);
  EXPECT_EQ(max.best(), 10u);
  max.update(1, 10, 10);
  EXPECT_EQ(max.best(), 10u);
  max.update(1, 11, 10);
  EXPECT_EQ(max.best(), 7u);
  max.update(1, 16, 10);
  EXPECT_EQ(max.best(), 5u);
  max.update(20, 17, 10);
  EXPECT_EQ(max.best(), 20u);
  max.update(2, 40, 10);
  EXPECT_EQ(max.best(), 2u);
}

TEST(BbrRules, S562_FirstRateIsTheInitialWindowPerRtt) {
  Bbr bbr;
  Window window{.cwnd = 14'480};
  Sender sender;
  sender.smss = kSegment;
  sender.srtt = milliseconds{20};
  bbr.start(window, sender);
  EXPECT_EQ(window.pacing_rate, 14'480u * 50 * 277 / 100);
  EXPECT_EQ(window.cwnd, 14'480u);
  EXPECT_EQ(bbr.state(), Bbr::State::Startup);

  sender.srtt = Duration{-1};
  bbr.start(window, sender);
  EXPECT_EQ(window.pacing_rate, 14'480u * 1000 * 277 / 100) << "a millisecond until the RTT is known";
  AckSample ack;
  ack.smss = kSegment;
  ack.srtt = ack.rtt = milliseconds{40};
  bbr.on_ack(window, ack);
  EXPECT_EQ(window.pacing_rate, 14'480u * 25 * 277 / 100);
}

TEST(BbrRules, S562_InStartupALowEstimateDoesNotSlowDown) {
  BbrModel model(kPath);
  model.app_rate = kLink / 100;  // less than the initial window per round trip
  model.run_for(milliseconds{50});
  const Rate first = model.window.pacing_rate;
  model.run_for(seconds{1});
  ASSERT_LT(model.control.bw() * 277 / 100, first);
  EXPECT_EQ(model.window.pacing_rate, first);
}

TEST(BbrRules, S5646_TheWindowIsTwiceTheBdpAndGrowsByWhatIsAcknowledged) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  model.run_for(milliseconds{200});
  const std::uint64_t bdp = bytes_in(model.control.bw(), model.control.min_rtt());
  EXPECT_GE(model.window.cwnd, 2 * bdp);
  EXPECT_LE(model.window.cwnd, 2 * bdp + model.control.extra_acked());
  model.window.cwnd = 100'000;
  AckSample ack = model.last_ack();
  ack.now = model.now();
  ack.newly_delivered = 2 * kSegment;
  model.control.on_ack(model.window, ack);
  EXPECT_EQ(model.window.cwnd, 100'000 + 2 * kSegment);
}

TEST(BbrRules, S561_UpWidensTheWindow) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwUp));
  model.run_for(milliseconds{60});
  ASSERT_EQ(model.control.state(), Bbr::State::ProbeBwUp);
  const std::uint64_t bdp = bytes_in(model.control.bw(), model.control.min_rtt());
  EXPECT_EQ(model.window.cwnd, bdp * 225 / 100 + model.control.extra_acked() + 2 * kSegment);
}

TEST(BbrRules, S558_TheBudgetIsSixSegments) {
  // A millisecond's worth of 1 Gbit/s, three times, would be thirty BDPs of 100 us.
  BbrModel model({.rate = 10 * kLink, .rtt = microseconds{100}});
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  model.run_for(milliseconds{1});
  EXPECT_LE(model.window.cwnd, 3 * model.bdp());
  BbrModel shorter({.rate = kLink, .rtt = microseconds{10}});
  ASSERT_TRUE(reach(shorter, Bbr::State::ProbeBwDown));
  EXPECT_GE(shorter.window.cwnd, 6 * kSegment);
}

TEST(BbrRules, S5644_TimeoutLeavesOneSegmentAndRecoveryRestores) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwCruise));
  model.run_for(milliseconds{200});
  const std::uint32_t cwnd = model.window.cwnd;
  Sender sender = model.sender();
  sender.in_flight = 0;
  model.control.on_timeout(model.window, sender, true);
  EXPECT_EQ(model.window.cwnd, kSegment);
  sender.in_flight = kSegment;
  model.control.on_timeout(model.window, sender, false);
  EXPECT_EQ(model.window.cwnd, 2 * kSegment);
  model.control.on_recovered(model.window, sender);
  EXPECT_EQ(model.window.cwnd, cwnd);
  model.window.cwnd = 5 * kSegment;
  model.control.on_recovered(model.window, sender);
  EXPECT_EQ(model.window.cwnd, 5 * kSegment) << "nothing to recover from";
}

TEST(BbrRules, S541_RestartFromIdlePacesAtTheBandwidth) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeBwDown));
  const std::uint32_t cwnd = model.window.cwnd;
  model.control.on_restart(model.window, model.sender(), seconds{1});
  EXPECT_EQ(model.window.pacing_rate, model.control.bw() * 99 / 100);
  EXPECT_EQ(model.window.cwnd, cwnd);
}

TEST(BbrRules, S541_RestartEndsAProbeRttThatIsDone) {
  BbrModel model(kPath);
  ASSERT_TRUE(reach(model, Bbr::State::ProbeRtt));
  model.run_for(milliseconds{60});
  ASSERT_EQ(model.control.state(), Bbr::State::ProbeRtt);
  Sender sender = model.sender();
  sender.in_flight = 0;
  model.control.on_restart(model.window, sender, milliseconds{50});
  EXPECT_EQ(model.control.state(), Bbr::State::ProbeRtt) << "200 ms have not passed";
  sender.now += milliseconds{250};
  model.control.on_restart(model.window, sender, milliseconds{250});
  EXPECT_EQ(model.control.state(), Bbr::State::ProbeBwCruise);
  EXPECT_GT(model.window.cwnd, model.bdp());
}

}  // namespace
}  // namespace millrace::cc
