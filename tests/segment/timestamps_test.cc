// PAWS, TS.Recent and the handshake's RTT (RFC 7323).
#include "tcp/timestamps.h"
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

class Timestamps : public SegmentTest {
 protected:
  void SetUp() override { given(State::Established, {.ts = 1000}); }
};

TEST_F(Timestamps, EverySegmentCarriesThem) {
  app_sends(5);
  sends("PA seq=1 ack=1 len=5 ts=0,1000");
  arrives(seg().ts(1001).data(3).ack(6));
  elapse(milliseconds{41});
  sends("A seq=6 ack=4 ts=0,1001");
}

TEST_F(Timestamps, MissingOneIsDroppedWithoutAnswer) {
  arrives(seg().no_ts().data(5));
  counted(Outcome::DroppedNoTimestamp);
  sends_nothing();
  no_events();
}

TEST_F(Timestamps, RstNeedsNone) {
  arrives(seg().no_ts().rst());
  counted(Outcome::Processed);
  events("Closed: reset by peer");
}

TEST_F(Timestamps, OldRstIsBelieved) {
  arrives(seg().ts(1).rst());
  counted(Outcome::Processed);
  events("Closed: reset by peer");
}

TEST_F(Timestamps, OldByOneFailsPaws) {
  arrives(seg().ts(999).data(5));
  counted(Outcome::DroppedPaws);
  sends("A seq=1 ack=1 ts=0,1000");
  no_events();
}

TEST_F(Timestamps, EqualPasses) {
  arrives(seg().ts(1000).data(5));
  counted(Outcome::Delivered);
  events("Readable 5");
}

/// A blind attacker who hits Last.ACK.sent must not make the peer's own timestamps look old.
TEST_F(Timestamps, AnAckOutsideTeachesNothing) {
  arrives(seg().ts(1000u + 0x7fff'0000u).data(5).ack(0x4000'0000));
  counted(Outcome::DroppedAckOutside);
  EXPECT_EQ(tcb().ts_recent, 1000u);
  arrives(seg().ts(1000u + 0x7fff'0000u).data(5).no_ack());
  counted(Outcome::DroppedNoAck);
  EXPECT_EQ(tcb().ts_recent, 1000u);
  arrives(seg().ts(1001).data(5));
  counted(Outcome::Delivered);
  EXPECT_EQ(tcb().ts_recent, 1001u);
  drain();
}

/// SEG.SEQ before what is cut off decides (RFC 7323 4.3).
TEST_F(Timestamps, ASegmentThatBeginsBeforeRcvNxtCounts) {
  arrives(seg().ts(1001).data(5));
  EXPECT_EQ(tcb().ts_recent, 1001u);
  EXPECT_NE(tcb().last_ack_sent, tcb().rcv_nxt);
  arrives(seg().ts(1002).seq(1).data(10));
  EXPECT_EQ(tcb().ts_recent, 1002u);
  drain();
}

TEST_F(Timestamps, HalfTheNumbersAheadIsOld) {
  arrives(seg().ts(1000u + 0x7fff'ffffu).data(5));
  counted(Outcome::Delivered);
  arrives(seg().ts(1000u + 0xffff'ffffu).data(5));  // 2^31 past TS.Recent
  counted(Outcome::DroppedPaws);
  drain();
}

TEST_F(Timestamps, OldEmptySegmentIsAnsweredWithinTheLimit) {
  arrives(seg().ts(999));
  counted(Outcome::DroppedPaws);
  sends("A seq=1 ack=1 ts=0,1000");
  arrives(seg().ts(999));
  sends_nothing();
}

TEST_F(Timestamps, TsRecentExpiresAfter24Days) {
  constexpr seconds k24Days{24 * 24 * 3600};
  env.now += k24Days - seconds{1};
  arrives(seg().ts(999));
  counted(Outcome::DroppedPaws);
  drain();
  env.now += seconds{1};
  arrives(seg().ts(999));
  counted(Outcome::Processed);
  EXPECT_EQ(tcb().ts_recent, 999u);
  arrives(seg().ts(998));
  counted(Outcome::DroppedPaws);
  drain();
}

TEST_F(Timestamps, TsRecentFollowsSegmentsAtLastAckSent) {
  arrives(seg().ts(1005));
  EXPECT_EQ(tcb().ts_recent, 1005u);
}

TEST_F(Timestamps, TsRecentKeepsTheFirstOfAcksDelayed) {
  arrives(seg().ts(1005).data(5));
  arrives(seg().ts(1007).data(5));  // SEG.SEQ > Last.ACK.sent
  EXPECT_EQ(tcb().ts_recent, 1005u);
  elapse(milliseconds{41});
  sends("A seq=1 ack=11 ts=0,1005");
  arrives(seg().ts(1008).data(5));
  EXPECT_EQ(tcb().ts_recent, 1008u);
}

TEST_F(Timestamps, TsRecentIgnoresSegmentsBehindAHole) {
  arrives(seg().seq(2).ts(1005).data(5));
  counted(Outcome::Queued);
  EXPECT_EQ(tcb().ts_recent, 1000u);
  drain();
}

TEST_F(Timestamps, TsRecentIgnoresUnacceptable) {
  arrives(seg().seq(0).ts(1005));
  counted(Outcome::DroppedNotAcceptable);
  EXPECT_EQ(tcb().ts_recent, 1000u);
  drain();
}

// Proves MUST-16.
TEST_F(Timestamps, FullSegmentsAreShorterByTheOption) {
  app_sends(3000);
  sends("A seq=1 ack=1 len=1448 ts=0,1000", "A seq=1449 ack=1 len=1448 ts=0,1000");
  arrives(seg().ack(2897));
  sends("PA seq=2897 ack=1 len=104 ts=0,1000");
}

TEST_F(Timestamps, RstCarriesThem) {
  tcp::abort(tcb(), env);
  sends("RA seq=1 ack=1 win=0 ts=0,1000");
}

TEST_F(Timestamps, ClockIsMilliseconds) {
  const std::uint32_t before = timestamp_clock(env.now);
  EXPECT_EQ(before, 1'000'000u);
  EXPECT_EQ(timestamp_clock(time_from_ns(1'999'999)), 1u);
}

TEST_F(Timestamps, RttFromTheEcho) {
  Segment echo;
  echo.options.has_timestamps = true;
  const std::uint32_t now = timestamp_clock(env.now) + tcb().ts_offset;
  echo.options.ts_ecr = now - 30;
  EXPECT_EQ(timestamp_rtt(tcb(), echo, env), Duration{milliseconds{30}});
  echo.options.ts_ecr = now;
  EXPECT_EQ(timestamp_rtt(tcb(), echo, env), Duration{milliseconds{1}});
  echo.options.ts_ecr = now - 600'000;
  EXPECT_EQ(timestamp_rtt(tcb(), echo, env), Duration{seconds{600}});
  echo.options.ts_ecr = now - 600'001;
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
  echo.options.ts_ecr = now + 1;
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
  echo.options.ts_ecr = 0;
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
  echo.options.ts_ecr = now;
  echo.options.has_timestamps = false;
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
  echo.options.has_timestamps = true;
  tcb().clear(kTimestamps);
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
}

TEST_F(Timestamps, AnEchoOfZeroIsNone) {
  Segment echo;
  echo.options.has_timestamps = true;
  tcb().ts_offset = 5 - timestamp_clock(env.now);
  EXPECT_LT(timestamp_rtt(tcb(), echo, env), Duration{0});
}

TEST_F(Timestamps, WhenTsRecentWasTaken) {
  elapse(seconds{7});
  arrives(seg().ts(1001));
  EXPECT_EQ(tcb().ts_recent_at_s, 1007u);
}

}  // namespace
}  // namespace millrace::tcp::test
