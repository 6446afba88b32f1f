// RACK (RFC 8985 6): what time says about loss, the reordering window and how it adapts.
#include "sender_bed.h"

namespace millrace::tcp::test {
namespace {

using Numbers = std::vector<std::uint32_t>;

class RackTest : public SenderTest {};

TEST_F(RackTest, ThreeSackedSegmentsLeaveNoReorderingWindow) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2)));
  EXPECT_EQ(sender().rack.reo_wnd, kRtt / 4);
  arrives(ack_to(0).sack(at(1), at(3)));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(numbers_sent(), Numbers{});
  arrives(ack_to(0).sack(at(1), at(4)));
  EXPECT_EQ(sender().rack.reo_wnd, Duration{0});
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(numbers_sent(), Numbers{0});
}

TEST_F(RackTest, AQuarterOfTheLeastRttForReordering) {
  given_path();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2)));
  deadline(loss_at, kRtt / 4);
  quiet_for(kRtt / 4);
  elapse(microseconds{20});
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(numbers_sent(), Numbers{0});
  EXPECT_EQ(count.timeouts.get(), 0u);
}

TEST_F(RackTest, WhatArrivesInTimeWasReordered) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2)));
  EXPECT_FALSE(sender().rack.reordering_seen);
  elapse(milliseconds{20});
  arrives(ack_to(2));
  EXPECT_TRUE(sender().rack.reordering_seen);
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(count.retransmits.get(), 0u);
  // From now on three SACKed segments are no proof: the window counts.
  arrives(ack_to(2).sack(at(3), at(6)));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_GT(sender().rack.reo_wnd, Duration{0});
  drain();
}

TEST_F(RackTest, OnlyWhatWasSentBeforeTheNewestDeliveredIsLost) {
  given_path();
  outstanding(8);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(2), at(5)));
  EXPECT_EQ(sender().sent.lost(), 2 * kMss) << "segments 5 to 7 may still come";
  EXPECT_EQ(pipe(tcb(), sender()), 3 * kMss);
  drain();
}

/// RFC 8985 3.1: duplicate ACKs can't see that a retransmission is lost, times can.
TEST_F(RackTest, ALostRetransmissionIsSentAgain) {
  given_path();
  outstanding(10, 30);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(8)));
  EXPECT_EQ(numbers_sent().front(), 0u);
  elapse(milliseconds{10});
  arrives(ack_to(0).sack(at(1), at(10)));
  const std::uint32_t new_data = tcb().snd_nxt - snd(first);
  ASSERT_GT(new_data, 10 * kMss) << "something new was sent after the retransmission";
  drain();
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(11)));
  EXPECT_EQ(numbers_sent().front(), 0u);
  EXPECT_EQ(sender().sent.front()->transmissions, 3);
  EXPECT_EQ(count.timeouts.get(), 0u);
}

/// Step 2: an ACK for the original must not make the retransmission look delivered.
TEST_F(RackTest, AnAckThatIsTooEarlyForTheRetransmissionTeachesNothing) {
  given_path();
  outstanding(10, 10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  drain();
  const Time newest = sender().rack.xmit_ts;
  elapse(milliseconds{10});  // far less than any RTT
  arrives(ack_to(1).sack(at(1), at(4)));
  EXPECT_EQ(sender().rack.xmit_ts, newest);
  drain();
}

TEST_F(RackTest, DsacksWidenTheWindowOncePerRound) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  arrives(ack_to(2).sack(at(0), at(1)));
  EXPECT_EQ(sender().rack.reo_wnd_mult, 2);
  EXPECT_EQ(sender().rack.reo_wnd_persist, 16);
  arrives(ack_to(3).sack(at(1), at(2)));
  EXPECT_EQ(sender().rack.reo_wnd_mult, 2) << "the same round";
  arrives(ack_to(10));
  arrives(seg());
  drain();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(12).sack(at(10), at(11)));
  EXPECT_EQ(sender().rack.reo_wnd_mult, 3);
  EXPECT_EQ(sender().dsacks, 3u);
  drain();
}

TEST_F(RackTest, SixteenRecoveriesWithoutDsackShrinkItAgain) {
  Rack rack;
  rack.reo_wnd_mult = 5;
  rack.reo_wnd_persist = 16;
  for (int i = 0; i < 15; ++i) rack_on_recovered(rack);
  EXPECT_EQ(rack.reo_wnd_mult, 5);
  rack_on_recovered(rack);
  EXPECT_EQ(rack.reo_wnd_mult, 1);
}

TEST_F(RackTest, TheWindowIsNeverWiderThanSrtt) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  sender().rack.reo_wnd_mult = 100;
  sender().rack.reordering_seen = true;
  arrives(ack_to(0).sack(at(1), at(2)));
  EXPECT_EQ(sender().rack.reo_wnd, Duration{microseconds{tcb().rtt.srtt_us}});
  drain();
}

TEST_F(RackTest, TheLeastRttIsForgottenAfterTwoWindows) {
  MinRtt least;
  const Time start = time_from_ns(1'000'000'000);
  EXPECT_LT(least.get().count(), 0);
  least.add(milliseconds{10}, start);
  least.add(milliseconds{30}, start + minutes{4});
  EXPECT_EQ(least.get(), Duration{milliseconds{10}});
  least.add(milliseconds{30}, start + minutes{6});
  EXPECT_EQ(least.get(), Duration{milliseconds{10}}) << "still in the window before";
  least.add(milliseconds{40}, start + minutes{12});
  EXPECT_EQ(least.get(), Duration{milliseconds{30}});
  least.add(milliseconds{50}, start + minutes{40});
  EXPECT_EQ(least.get(), Duration{milliseconds{50}}) << "both windows are over";
}

/// 6.3: on a timeout the first is lost, and what was sent a round trip ago; the rest may still arrive.
TEST_F(RackTest, ATimeoutSparesWhatWasSentLately) {
  given_path();
  outstanding(4);
  table.find_sender(tcb())->loss_at = 0;
  elapse(milliseconds{250});
  set_window_of(tcb(), 20 * kMss, env);
  app_sends(payload);
  drain();
  table.find_sender(tcb())->loss_at = 0;  // no probe: the timer itself
  elapse(milliseconds{51});
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(sender().sent.segments_lost(), 4u);
  EXPECT_TRUE(sender().sent.back()->in_flight());
  EXPECT_EQ(numbers_sent(), Numbers{0}) << "at once, though the pipe is not empty";
}

}  // namespace
}  // namespace millrace::tcp::test
