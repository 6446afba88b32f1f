// What becomes of the sending part of a connection that has nothing to send.
#include <utility>

#include "sender_bed.h"
#include "tcp/recovery.h"
#include "tcp/sending_facts.h"

namespace millrace::tcp {
namespace {

using namespace test;

class IdleSender : public SenderTest {
 protected:
  void idle() {
    elapse(kSenderIdle + kRtt);
    drain();
  }
  /// `n` segments; after an idle time they are paced over a round trip (RFC 7661 4.3).
  void sends_paced(std::uint32_t n) {
    app_sends(n * payload);
    for (int i = 0; i < 10; ++i) {
      drain();
      elapse(kRtt / 10);
    }
    ASSERT_EQ(tcb().flight_size(), n * payload);
  }
  [[nodiscard]] bool kept() const { return table.senders.used() > 0; }
};

TEST_F(IdleSender, GoesWhenNothingWasLearned) {
  given_path();
  ASSERT_TRUE(kept());
  idle();
  EXPECT_FALSE(kept());
}

TEST_F(IdleSender, StaysWhileSegmentsAreOutstanding) {
  given_path();
  elapse(milliseconds{500});
  app_sends(payload);
  drain();
  elapse(milliseconds{50});
  arrives(ack_to(1));
  elapse(milliseconds{999});
  EXPECT_TRUE(kept()) << "the wait counts from when the last was acknowledged";
  elapse(milliseconds{2});
  EXPECT_FALSE(kept());
}

TEST_F(IdleSender, StaysWithDataThatTheWindowForbids) {
  given_path();
  arrives(seg().wnd(0));
  app_sends(payload);
  idle();
  EXPECT_TRUE(kept());
}

TEST_F(IdleSender, TheNextOneHasTheWindowAndTheRtt) {
  given_path();
  const std::uint32_t cwnd = window_of(tcb(), table);
  idle();
  sends_paced(10);
  EXPECT_EQ(window_of(tcb(), table), cwnd);
  EXPECT_EQ(tcb().rtt.srtt_us, 100'000u);
  EXPECT_EQ(sender().rack.min_rtt.get(), milliseconds{100});
  arrives(ack_to(10));
  EXPECT_EQ(tcb().flight_size(), 0u);
}

TEST_F(IdleSender, TheNextOneRecoversAsTheFirstWould) {
  given_path();
  idle();
  sends_paced(10);
  arrives(ack_to(0).sack(at(1), at(10)));
  EXPECT_EQ(numbers_sent(), std::vector<std::uint32_t>{0});
}

TEST_F(IdleSender, WhatPeopleAreToldGoesOn) {
  given_path();
  app_sends(2 * payload);
  drain();
  elapse(kRtt);
  arrives(ack_to(2));
  const SendingFacts before = sending_facts(tcb(), table);
  EXPECT_EQ(before.bytes_sent, 3u * payload);
  EXPECT_EQ(before.data_segments_sent, 3u);
  idle();
  ASSERT_FALSE(kept());
  const SendingFacts after = sending_facts(tcb(), table);
  EXPECT_EQ(after.bytes_sent, before.bytes_sent);
  EXPECT_EQ(after.delivered, before.delivered);
  EXPECT_EQ(after.data_segments_sent, before.data_segments_sent);
}

TEST_F(IdleSender, StaysWhenALossTaughtTheWindow) {
  given_path();
  app_sends(10 * payload);
  drain();
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(10)));
  drain();
  elapse(kRtt);
  arrives(ack_to(10));
  ASSERT_LT(sending_facts(tcb(), table).ssthresh, cc::kNoSsthresh);
  idle();
  EXPECT_TRUE(kept());
}

TEST_F(IdleSender, StaysWhenTheWindowHasGrown) {
  given_path();
  set_window_of(tcb(), 20 * kMss, env);
  idle();
  EXPECT_TRUE(kept());
}

TEST_F(IdleSender, StaysWithAModelOfThePath) {
  given_path();
  for (const cc::Algorithm algorithm : {cc::Algorithm::Bbr, cc::Algorithm::Dctcp}) {
    recovery_choose(tcb(), algorithm, env);
    recovery_on_idle(tcb(), env);
    EXPECT_TRUE(kept());
  }
}

TEST_F(IdleSender, StaysWithAnySignOfReorderingOrLoss) {
  given_path();
  const auto stays_with = [&](auto& sign, auto value) {
    const auto before = std::exchange(sign, value);
    recovery_on_idle(tcb(), env);
    if (kept()) sign = before;
    return kept();
  };
  ASSERT_TRUE(stays_with(sender().rack.reordering_seen, true));
  ASSERT_TRUE(stays_with(sender().dsacks, std::uint16_t{1}));
  ASSERT_TRUE(stays_with(sender().retransmits, 1u));
  ASSERT_TRUE(stays_with(sender().bytes_again, std::uint64_t{1}));
  ASSERT_TRUE(stays_with(sender().delivery.lost_segments, 1u));
  recovery_on_idle(tcb(), env);
  EXPECT_FALSE(kept());
}

}  // namespace
}  // namespace millrace::tcp
