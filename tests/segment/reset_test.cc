// RFC 9293 3.10.7.4, second and fourth, with RFC 5961 3, 4 and 7: who may reset whom, and how often we challenge.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

using Reset = SegmentTest;

// Proves MUST-12, BODY-6.
TEST_F(Reset, S50_ExactInEstablished) {
  given(State::Established);
  arrives(seg().seq(1).rst());
  counted(Outcome::Processed);
  EXPECT_EQ(count.resets_received.get(), 1u);
  sends_nothing();
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(wheel.pending(), 0u);
  events("Closed: reset by peer");
  nothing_left();
}

TEST_F(Reset, S50_WithoutAckBit) {
  given(State::Established);
  arrives(seg().seq(1).rst().no_ack());
  counted(Outcome::Processed);
  events("Closed: reset by peer");
}

TEST_F(Reset, ExactInEverySynchronizedState) {
  for (const State s : {State::FinWait1, State::FinWait2, State::CloseWait, State::Closing, State::LastAck}) {
    SCOPED_TRACE(to_string(s));
    given(s);
    arrives(seg().rst());
    counted(Outcome::Processed);
    events("Closed: reset by peer");
    sends_nothing();
    nothing_left();
  }
  EXPECT_EQ(count.resets_received.get(), 5u);
}

// Proves BODY-7.
TEST_F(Reset, S51_InWindowIsChallenged) {
  given(State::Established);
  arrives(seg().seq(2).rst());
  counted(Outcome::AnsweredChallenge);
  state(State::Established);
  EXPECT_EQ(count.challenge_acks.get(), 1u);
  EXPECT_EQ(count.resets_received.get(), 0u);
  sends("A seq=1 ack=1");
}

TEST_F(Reset, S51_AtTheLastNumberOfTheWindow) {
  given(State::Established);
  arrives(seg().seq(65535).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1");
}

// Proves BODY-5.
TEST_F(Reset, S52_OutsideTheWindowIsIgnored) {
  given(State::Established);
  arrives(seg().seq(65536).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(0).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  state(State::Established);
}

TEST_F(Reset, S57_UnreadTextStaysReadable) {
  given(State::Established);
  arrives(seg().data(10));
  arrives(seg().rst());
  events("Readable 10", "Ended: reset by peer");
  app_reads(4);
  no_events();
  app_reads(6);
  events("Closed: reset by peer");
  nothing_left();
}

TEST_F(Reset, BelievedForAnOrphanWithoutEvents) {
  given(State::Established);
  app_closes();
  drain();
  arrives(seg().rst());
  no_events();
  nothing_left();
}

TEST_F(Reset, DropsWhatWasQueued) {
  given_sent(1000);
  arrives(seg().seq(100).data(10));
  drain();
  arrives(seg().rst());
  EXPECT_EQ(data_pool().available(), data_pool().size());
  EXPECT_EQ(reassemblies.used(), 0u);
  events("Closed: reset by peer");
}

// Proves MUST-11.
TEST_F(Reset, ActiveOpenerInSynReceivedWasRefused) {
  given(State::SynReceived);
  arrives(seg().seq(1).rst());
  counted(Outcome::Processed);
  events("Closed: refused by peer");
  nothing_left();
}

// Proves BODY-8.
TEST_F(Reset, S54_SynInSynchronizedStates) {
  for (const State s : {State::Established, State::FinWait1, State::FinWait2, State::CloseWait, State::LastAck}) {
    SCOPED_TRACE(to_string(s));
    given(s);
    const SeqNum before = tcb().rcv_nxt;
    tcb().rcv_adv = before + 100;
    arrives(seg().syn().seq(before + 5 - rcv(0)));
    counted(Outcome::AnsweredChallenge);
    state(s);
    EXPECT_EQ(tcb().rcv_nxt, before);
    EXPECT_EQ(take_sent().size(), 1u);
    tcp::abort(tcb(), env);
    nothing_left();
  }
}

// Proves BODY-8.
TEST_F(Reset, SynOutsideTheWindowIsAnsweredByAck) {
  given(State::Established);
  arrives(seg().syn().seq(0x7000'0000).no_ack());
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1");
}

/// A peer that has restarted without timestamps.
// Proves BODY-8.
TEST_F(Reset, S54_SynWithoutTheAgreedTimestampsIsChallengedToo) {
  for (const std::uint32_t number : {1u, 100u, 0x7000'0000u}) {
    SCOPED_TRACE(number);
    given(State::Established, {.ts = 700});
    arrives(seg().syn().no_ack().seq(number).no_ts());
    sends("A seq=1 ack=1 ts=0,700");
    state(State::Established);
    tcp::abort(tcb(), env);
    nothing_left();
  }
}

TEST_F(Reset, ChallengesAreLimitedPerConnection) {
  given(State::Established);
  arrives(seg().seq(2).rst());
  sends("A seq=1 ack=1");
  elapse(milliseconds{499});
  arrives(seg().seq(2).rst());
  counted(Outcome::AnsweredChallenge);
  sends_nothing();
  EXPECT_EQ(count.challenge_acks.get(), 1u);
  EXPECT_EQ(count.challenge_acks_limited.get(), 1u);
  elapse(milliseconds{1});
  arrives(seg().seq(2).rst());
  sends("A seq=1 ack=1");
  EXPECT_EQ(count.challenge_acks.get(), 2u);
}

TEST_F(Reset, TheTimeOfAChallengeWrapsWithoutMeaningNever) {
  given(State::Established);
  env.now = time_from_ns((std::int64_t{1} << 32) * 1'000'000);  // 2^32 ms: 0, which means "never"
  arrives(seg().seq(2).rst());
  sends("A seq=1 ack=1");
  env.now += milliseconds{499};
  arrives(seg().seq(2).rst());
  sends_nothing();
  env.now += milliseconds{2};
  arrives(seg().seq(2).rst());
  sends("A seq=1 ack=1");
}

TEST_F(Reset, AChallengeLongAgoLimitsNothing) {
  given(State::Established);
  for (int i = 0; i < 8; ++i) {
    arrives(seg().seq(2).rst());
    sends("A seq=1 ack=1");
    env.now += hours{24} * 12;
  }
}

TEST_F(Reset, ChallengesAreLimitedPerSecond) {
  config.challenge_acks_per_second = 1;  // 1 / 2 + below(1) = 0
  given(State::Established);
  arrives(seg().seq(2).rst());
  sends_nothing();
  EXPECT_EQ(count.challenge_acks_limited.get(), 1u);
  EXPECT_EQ(table.rare_part(tcb()).answered_at_ms, 0u) << "a refused one does not count against the connection";
}

/// Whoever makes the shard spend its budget silences nobody's keepalive.
TEST_F(Reset, EmptySegmentsAreAnsweredWhateverTheShardsBudget) {
  config.challenge_acks_per_second = 1;  // 1 / 2 + below(1) = 0
  given(State::Established);
  arrives(seg().seq(0));
  sends("A seq=1 ack=1");
  arrives(seg().seq(0));
  sends_nothing();
  elapse(milliseconds{500});
  arrives(seg().seq(0));
  sends("A seq=1 ack=1");
}

/// And entries of TIME-WAIT, which have no limit of their own, do not spend what connections need.
TEST_F(Reset, TimeWaitDoesNotSpendTheConnectionsBudget) {
  given(State::TimeWait);
  for (int i = 0; i < 2000; ++i) arrives(seg().seq(1).ack(2));
  (void)take_sent();
  EXPECT_GT(count.challenge_acks_limited.get(), 0u);
  ++key.local_port;
  given(State::Established);
  arrives(seg().seq(2).rst());
  sends("A seq=1 ack=1");
}

TEST_F(Reset, BudgetPerSecondIsDrawnBetweenHalfAndOneAndAHalf) {
  base::Random a{7};
  base::Random b{7};
  ChallengeLimit limit;
  for (int second = 0; second < 20; ++second) {
    const std::uint64_t budget = 50 + b.below(100);
    for (std::uint64_t i = 0; i < budget; ++i)
      ASSERT_TRUE(limit.take(time_from_ns(second * 1'000'000'000ll + static_cast<std::int64_t>(i)), 100, a));
    ASSERT_FALSE(limit.take(time_from_ns(second * 1'000'000'000ll + 999'999'999), 100, a));
  }
}

}  // namespace
}  // namespace millrace::tcp::test
