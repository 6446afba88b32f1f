// The scoreboard (RFC 2018, RFC 6675) and recovery with it: what a SACK option marks, what is sent again and in which
// order, reneging, limited transmit, PRR's window.
#include "sender_bed.h"

namespace millrace::tcp::test {
namespace {

using Numbers = std::vector<std::uint32_t>;

class Sack : public SenderTest {};

TEST_F(Sack, BlocksMarkWhatTheyCover) {
  given_path();
  outstanding(10);
  arrives(ack_to(0).sack(at(4), at(6)).sack(at(1), at(2)));
  EXPECT_EQ(sender().sent.sacked(), 3 * kMss);
  EXPECT_EQ(sender().sent.segments_sacked(), 3u);
  EXPECT_EQ(pipe(tcb(), sender()), 10 * kMss - 3 * kMss - sender().sent.lost());
  drain();
}

TEST_F(Sack, ABlockWithinASegmentSplitsItsRecord) {
  given_path();
  outstanding(4);
  arrives(ack_to(0).sack(at(1) + 100, at(2) + 200));
  EXPECT_EQ(sender().sent.segments(), 6u);
  EXPECT_EQ(sender().sent.sacked(), kMss - 100 + 200);
  arrives(seg());
  EXPECT_EQ(sender().sent.segments(), 0u);
  drain();
}

TEST_F(Sack, BlocksOutsideWhatIsOutstandingAreIgnored) {
  given_path();
  outstanding(4);
  arrives(ack_to(0).sack(at(3), at(9)));  // beyond SND.NXT
  arrives(ack_to(0).sack(at(3), at(2)));  // upside down
  arrives(ack_to(2).sack(at(1), at(3)));  // begins before SND.UNA
  EXPECT_EQ(sender().sent.sacked(), 0u);
  drain();
}

TEST_F(Sack, TheSameBlockTwiceSaysNothingNew) {
  given_path();
  outstanding(10);
  arrives(ack_to(0).sack(at(5), at(6)));
  const std::uint64_t delivered = sender().delivery.delivered;
  arrives(ack_to(0).sack(at(5), at(6)));
  EXPECT_EQ(sender().delivery.delivered, delivered);
  EXPECT_EQ(sender().sent.sacked(), kMss);
  drain();
}

/// RFC 6675 4, NextSeg: holes in order, then new data.
TEST_F(Sack, HolesGoFirstLowestFirst) {
  given_path();
  outstanding(10, 10);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(7), at(10)).sack(at(4), at(5)).sack(at(1), at(2)));
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(sender().sent.lost(), 5 * kMss) << "0, 2, 3, 5, 6";
  Numbers sent = numbers_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.front(), 0u);
  set_window_of(tcb(), 20 * kMss, env);
  owe(tcb(), kOweData, env);
  const Numbers rest = numbers_sent();
  sent.insert(sent.end(), rest.begin(), rest.end());
  ASSERT_GE(sent.size(), 6u);
  EXPECT_EQ(Numbers(sent.begin(), sent.begin() + 6), (Numbers{0, 2, 3, 5, 6, 10}));
}

/// RFC 3042: each of the first two SACKs lets a new segment go.
TEST_F(Sack, LimitedTransmit) {
  given_path();
  outstanding(10, 5);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2)));
  EXPECT_EQ(numbers_sent(), Numbers{10});
  arrives(ack_to(0).sack(at(1), at(3)));
  EXPECT_EQ(numbers_sent(), Numbers{11});
  EXPECT_EQ(window_of(tcb(), table), 10 * kMss);
}

/// RFC 6675 5.1: after a timeout, and only then, an unSACKed front that was reported before means that the peer dropped
/// it.
TEST_F(Sack, RenegingIsSeenAtTheTimeout) {
  given_path();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(3)));
  drain();
  arrives(ack_to(1).sack(at(1),
                         at(3)));  // the first hole is filled, the block stays: the peer keeps data it should deliver
  EXPECT_TRUE(sender().sent.front()->sacked());
  drain();
  elapse(milliseconds{700});
  EXPECT_EQ(count.sacks_reneged.get(), 1u);
  EXPECT_EQ(sender().sent.sacked(), 0u);
  EXPECT_EQ(numbers_sent().front(), 1u);
}

TEST_F(Sack, TheFinHasARecordToo) {
  given_path();
  outstanding(2);
  app_closes();
  drain();
  EXPECT_EQ(sender().sent.segments(), 3u);
  EXPECT_EQ(sender().sent.back()->seg_len(), 1u);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2) + 1));
  EXPECT_EQ(sender().sent.sacked(), kMss + 1);
  elapse(kRtt / 4 + microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{0});
  arrives(seg());
  state(State::FinWait2);
}

// The FIN's number alone can't be told from the text before it: nothing is marked, and nothing breaks.
TEST_F(Sack, TheFinWithoutItsTextIsNoBlockOfOurs) {
  given_path();
  app_sends(100);
  app_shuts_down();
  drain();
  ASSERT_EQ(sender().sent.segments(), 1u);
  arrives(seg().ack(first).sack(first + 100, first + 101));
  EXPECT_EQ(sender().sent.sacked(), 0u);
  EXPECT_EQ(sender().sent.segments(), 1u);
  drain();
}

TEST_F(Sack, APeerThatReportsCrumbsDoesNotUseUpTheRecords) {
  given_path();
  outstanding(10);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::uint32_t from = at(1) + i * 4;
    arrives(ack_to(0).sack(from, from + 1).sack(from + 2, from + 3));
  }
  EXPECT_LE(sender().sent.segments(), 2 * 10u + 16 + 4);
  drain();
}

// A block that grows at its end costs a walk over what is new.
TEST_F(Sack, AGrowingBlockIsTakenOnce) {
  given_path();
  outstanding(10);
  for (std::uint32_t n = 2; n <= 10; ++n) arrives(ack_to(0).sack(at(1), at(n)));
  EXPECT_EQ(sender().sent.segments_sacked(), 9u);
  EXPECT_EQ(sender().sent.sacked(), 9 * kMss);
  drain();
}

// PRR may leave no window at all; but with nothing in the network no ACK would ever come.
TEST_F(Sack, AnEmptyPipeIsNeverHeldByTheWindow) {
  given_path();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  ASSERT_EQ(pipe(tcb(), sender()), 0u);
  set_window_of(tcb(), 0, env);
  EXPECT_EQ(numbers_sent(), Numbers{0});
}

TEST_F(Sack, RecoveryHalvesOnceAndEndsAtItsPoint) {
  given_path();
  outstanding(10, 20);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(4)));
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5 * kMss);
  const SeqNum point = sender().recovery_point;
  EXPECT_EQ(point, snd(at(10)));
  drain();
  arrives(ack_to(0).sack(at(5), at(8)).sack(at(1), at(4)));  // another hole
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5 * kMss) << "one reduction per window";
  drain();
  elapse(kRtt);
  arrives(ack_to(4).sack(at(5), at(8)));
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  drain();
  arrives(ack_to(10));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(window_of(tcb(), table), 5 * kMss);
  EXPECT_EQ(count.fast_retransmits.get(), 1u);
  drain();
}

TEST_F(Sack, ManyCrumbsThatWereLostGoAsOneSegment) {
  given(State::Established, {.sack = true}, {.no_delay = true});
  for (int i = 0; i < 10; ++i) {
    app_sends(100);
    drain();
  }
  EXPECT_EQ(sender().sent.segments(), 10u);
  table.find_sender(tcb())->loss_at = 0;  // no probe: the timer itself
  elapse(milliseconds{1001});
  sends("PA seq=1 ack=1 len=1000");
  EXPECT_EQ(sender().sent.segments(), 1u);
}

}  // namespace
}  // namespace millrace::tcp::test
