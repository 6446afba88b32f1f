// Reductions that were mistakes: Eifel detection by timestamps (RFC 3522), D-SACKs (RFC 3708), F-RTO (RFC 5682); and
// the answer, the window of before (RFC 4015).
#include "sender_bed.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Numbers = std::vector<std::uint32_t>;

class Spurious : public SenderTest {
 protected:
  [[nodiscard]] std::uint32_t stamp() { return timestamp_clock(env.now) + tcb().ts_offset; }
  void time_out() {
    table.find_sender(tcb())->loss_at = 0;  // no probe: the timer itself
    elapse(tcb().rtt.rto(config) + milliseconds{1});
    ASSERT_EQ(tcb().phase, cc::Phase::Loss);
    drain();
  }
};

TEST_F(Spurious, AnEarlierTimestampUndoesATimeout) {
  given_path({.sack = true, .ts = 7});
  outstanding(10);
  const std::uint32_t sent = stamp(), cwnd = window_of(tcb(), table);
  time_out();
  EXPECT_EQ(window_of(tcb(), table), payload);
  arrives(ack_to(1).ts(7, sent));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_GE(window_of(tcb(), table), cwnd);
  EXPECT_EQ(sender().sent.lost(), 0u) << "the rest is in flight, and is not sent again";
  EXPECT_EQ(count.spurious_timeouts.get(), 1u);
  EXPECT_EQ(tcb().rtt.backoff, 0);
  EXPECT_EQ(numbers_sent(), Numbers{});
}

TEST_F(Spurious, TheTimestampOfTheRetransmissionUndoesNothing) {
  given_path({.sack = true, .ts = 7});
  outstanding(10);
  time_out();
  arrives(ack_to(1).ts(7, stamp()));
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(count.spurious_timeouts.get(), 0u);
  drain();
}

TEST_F(Spurious, AnEarlierTimestampUndoesAFastRecovery) {
  given_path({.sack = true, .ts = 7});
  outstanding(10);
  const std::uint32_t sent = stamp(), cwnd = window_of(tcb(), table);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)).ts(7, sent));
  ASSERT_EQ(tcb().phase, cc::Phase::Recovery);
  drain();
  elapse(milliseconds{5});
  arrives(ack_to(4).ts(7, sent));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(window_of(tcb(), table), cwnd);
  EXPECT_EQ(count.spurious_recoveries.get(), 1u);
  drain();
}

TEST_F(Spurious, DsacksForAllThatWasSentAgainUndo) {
  given_path();
  outstanding(10);
  const std::uint32_t cwnd = window_of(tcb(), table);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  ASSERT_EQ(numbers_sent(), Numbers{0});
  arrives(ack_to(4));
  drain();
  EXPECT_EQ(count.spurious_recoveries.get(), 0u);
  arrives(ack_to(4).sack(at(0), at(1)));
  EXPECT_EQ(count.spurious_recoveries.get(), 1u);
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_GE(window_of(tcb(), table), cwnd);
  drain();
}

TEST_F(Spurious, DsacksCountWhenNothingIsOutstandingAnyMore) {
  given_path();
  outstanding(10);
  const std::uint32_t cwnd = window_of(tcb(), table);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  ASSERT_EQ(numbers_sent(), Numbers{0});
  arrives(ack_to(10));
  ASSERT_LT(window_of(tcb(), table), cwnd);
  arrives(ack_to(10).sack(at(0), at(1)));
  EXPECT_GE(window_of(tcb(), table), cwnd);
  EXPECT_EQ(count.spurious_recoveries.get(), 1u);
}

// RFC 3708: what the network doubles says nothing of our retransmissions.
TEST_F(Spurious, ALaterDuplicateUndoesNothing) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  ASSERT_EQ(numbers_sent(), Numbers{0});
  arrives(ack_to(10));
  outstanding(2);
  elapse(kRtt);
  arrives(ack_to(12).sack(at(10), at(11)));
  EXPECT_EQ(count.spurious_recoveries.get(), 0u);
}

TEST_F(Spurious, ADsackForLessIsNotEnough) {
  given_path();
  outstanding(10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(2), at(6)));
  set_window_of(tcb(), 20 * kMss, env);
  owe(tcb(), kOweData, env);
  ASSERT_EQ(numbers_sent(), (Numbers{0, 1}));
  arrives(ack_to(1).sack(at(0), at(1)).sack(at(2), at(6)));
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(count.spurious_recoveries.get(), 0u);
  drain();
}

/// RFC 5682 3.1: step 2b sends new data, step 3b sees that an original arrived.
TEST_F(Spurious, FRtoSendsNewDataAndFindsTheOriginals) {
  given_path();
  outstanding(10, 10);
  const std::uint32_t cwnd = window_of(tcb(), table);
  time_out();
  arrives(ack_to(1));
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(numbers_sent(), (Numbers{10, 11})) << "new data, though nine are marked lost";
  arrives(ack_to(2));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(count.spurious_timeouts.get(), 1u);
  EXPECT_GE(window_of(tcb(), table), cwnd);
  EXPECT_EQ(count.retransmits.get(), 1u);
  drain();
}

/// Step 3a: what answers is the new data; the loss was real.
TEST_F(Spurious, FRtoGivesUpWhenOnlyNewDataArrives) {
  given_path();
  outstanding(10, 10);
  time_out();
  arrives(ack_to(1));
  ASSERT_EQ(numbers_sent(), (Numbers{10, 11}));
  arrives(ack_to(1).sack(at(10), at(11)));
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(numbers_sent().front(), 1u);
  EXPECT_EQ(count.spurious_timeouts.get(), 0u);
}

/// Step 2a without new data: the rest is sent again, as ever.
TEST_F(Spurious, FRtoNeedsNewData) {
  given_path();
  outstanding(10);
  time_out();
  arrives(ack_to(1));
  EXPECT_EQ(numbers_sent(), (Numbers{1, 2}));
}

TEST_F(Spurious, FRtoDoesNotRunOutOfFastRecovery) {
  given_path();
  outstanding(10, 10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  drain();
  elapse(seconds{1});
  ASSERT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_FALSE(sender().f_rto.running);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
