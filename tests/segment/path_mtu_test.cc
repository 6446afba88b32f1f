// Path MTU discovery (RFC 1191, RFC 8201, RFC 5927 7) and black holes (RFC 4821 in spirit).
#include "tcp/path_mtu.h"
#include "fixture.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

constexpr std::uint32_t kFull = 1460;

class PathMtu : public SegmentTest {
 protected:
  void time_out() { elapse(to_time(tcb().rexmit_at, env.now) - env.now); }
  void open_v6() {
    key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    given(State::Established, {.mss = 1440});
  }
};

TEST_F(PathMtu, TooBigIsSentAgainAtOnceInSmallerSegments) {
  given_sent(3 * kFull);
  const std::uint32_t cwnd = window_of(tcb(), table);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  sends("A seq=1 ack=1 len=1360", "A seq=1361 ack=1 len=1360", "A seq=2721 ack=1 len=1360",
        "PA seq=4081 ack=1 len=300");
  EXPECT_EQ(tcb().smss, 1360);
  EXPECT_EQ(window_of(tcb(), table), cwnd) << "it says nothing about congestion";
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(tcb().rtt.backoff, 0);
  EXPECT_EQ(count.path_mtu_lowered.get(), 1u);
  EXPECT_EQ(count.retransmits.get(), 4u);
  deadline(&Tcb::rexmit_at, seconds{1});
  arrives(seg());
  EXPECT_TRUE(tcb().snd_queue.empty());
  app_sends(2000);
  sends("A seq=4381 ack=1 len=1360");
  arrives(seg());
  sends("PA seq=5741 ack=1 len=640");
}

TEST_F(PathMtu, OnlyWhatFollowsTheQuotedSegment) {
  given_sent(3 * kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1 + 2 * kFull), 1000, env));
  sends("A seq=2921 ack=1 len=960", "PA seq=3881 ack=1 len=500");
}

TEST_F(PathMtu, TheFinGoesAgainToo) {
  given(State::Established);
  app_sends(kFull);
  app_shuts_down();
  sends("FPA seq=1 ack=1 len=1460");
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  sends("A seq=1 ack=1 len=1360", "FPA seq=1361 ack=1 len=100");
}

TEST_F(PathMtu, TimestampsTakeFromTheText) {
  given(State::Established, {.ts = 9});
  app_sends(1448);
  drain();
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  sends("A seq=1 ack=1 len=1348 ts=0,9", "PA seq=1349 ack=1 len=100 ts=0,9");
}

TEST_F(PathMtu, AnErrorAboutNothingOutstandingIsNotBelieved) {
  given_sent(kFull);
  EXPECT_FALSE(packet_too_big(tcb(), snd(0), 600, env));
  EXPECT_FALSE(packet_too_big(tcb(), snd(1 + kFull), 600, env));
  EXPECT_EQ(tcb().smss, kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(kFull), 1499, env));
  EXPECT_EQ(tcb().smss, kFull - 1);
  drain();
}

TEST_F(PathMtu, AnErrorNeverRaises) {
  given_sent(kFull);
  for (const std::uint32_t mtu : {1500u, 1501u, 65535u, 100'000u}) {
    EXPECT_TRUE(packet_too_big(tcb(), snd(1), mtu, env));
    EXPECT_EQ(tcb().smss, kFull);
  }
  sends_nothing();
  EXPECT_EQ(count.path_mtu_lowered.get(), 0u);
}

TEST_F(PathMtu, TheSameErrorTwiceIsOne) {
  given_sent(3 * kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  EXPECT_EQ(take_sent().size(), 4u);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1 + kFull), 1400, env));
  sends_nothing();
}

TEST_F(PathMtu, PlateausWhenTheRouterDoesNotTell) {
  given_sent(100);
  for (const std::uint16_t smss : {1452, 966, 512, 512}) {
    EXPECT_TRUE(packet_too_big(tcb(), snd(1), 0, env));
    EXPECT_EQ(tcb().smss, smss);
  }
  EXPECT_EQ(count.path_mtu_lowered.get(), 3u);
  drain();
}

TEST_F(PathMtu, PlateausOfTheTable) {
  EXPECT_EQ(plateau_below(65535), 32000);
  EXPECT_EQ(plateau_below(32001), 32000);
  EXPECT_EQ(plateau_below(32000), 17914);
  EXPECT_EQ(plateau_below(17914), 8166);
  EXPECT_EQ(plateau_below(9000), 8166);
  EXPECT_EQ(plateau_below(8166), 4352);
  EXPECT_EQ(plateau_below(4352), 2002);
  EXPECT_EQ(plateau_below(2002), 1492);
  EXPECT_EQ(plateau_below(1500), 1492);
  EXPECT_EQ(plateau_below(1492), 1006);
  EXPECT_EQ(plateau_below(1006), 552);
  EXPECT_EQ(plateau_below(552), 552);
  EXPECT_EQ(plateau_below(1), 552);
}

TEST_F(PathMtu, FloorOfIpv4) {
  given_sent(kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 68, env));
  EXPECT_EQ(tcb().smss, 512);
  sends("A seq=1 ack=1 len=512", "A seq=513 ack=1 len=512", "PA seq=1025 ack=1 len=436");
}

TEST_F(PathMtu, FloorOfIpv6) {
  open_v6();
  app_sends(1440);
  sends("PA seq=1 ack=1 len=1440");
  for (const std::uint32_t mtu : {0u, 500u, 1279u}) EXPECT_FALSE(packet_too_big(tcb(), snd(1), mtu, env)) << mtu;
  EXPECT_EQ(tcb().smss, 1440);
  sends_nothing();
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1280, env));
  EXPECT_EQ(tcb().smss, 1220);
  sends("A seq=1 ack=1 len=1220", "PA seq=1221 ack=1 len=220");
}

TEST_F(PathMtu, ASynIsNeverTooBig) {
  given(State::SynSent);
  EXPECT_TRUE(packet_too_big(tcb(), snd(0), 600, env));
  EXPECT_EQ(tcb().smss, 536);
  sends_nothing();
}

TEST_F(PathMtu, InFastRecoveryTheWindowIsThatOfRecovery) {
  given_sent(5 * kFull);
  for (int i = 0; i < 3; ++i) arrives(seg().ack(1));
  drain();
  ASSERT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  sends("A seq=1 ack=1 len=1360", "A seq=1361 ack=1 len=1360");
}

TEST_F(PathMtu, AfterATimeoutWhatWaitsGoesFromItsPlace) {
  given_sent(3 * kFull);
  time_out();
  sends("A seq=1 ack=1 len=1460");  // cwnd is one segment
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  EXPECT_EQ(lost_from(), 1u);
  EXPECT_EQ(sender().sent.lost(), 3 * kFull);
  sends("A seq=1 ack=1 len=1360");  // still cwnd is one segment
  EXPECT_TRUE(packet_too_big(tcb(), snd(1 + 2 * kFull), 1300, env));
  EXPECT_EQ(lost_from(), 1361u) << "what was not sent again yet is not skipped";
  drain();
}

TEST_F(PathMtu, NewConnectionsStartWithWhatIsKnown) {
  given_sent(kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  drain();
  ++key.local_port;
  given(State::Established);
  EXPECT_EQ(tcb().smss, 1360);
  EXPECT_EQ(tcb().rmss, 1460) << "MUST-67: what we announce is our own";
  elapse(minutes{10});
  ++key.local_port;
  given(State::Established);
  EXPECT_EQ(tcb().smss, 1460);
}

TEST_F(PathMtu, TheFullSizeIsTriedAgainAfterTenMinutes) {
  given_sent(kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  drain();
  arrives(seg());
  deadline(idle_at, minutes{10});
  elapse(minutes{10});
  EXPECT_EQ(tcb().smss, 1460);
  EXPECT_FALSE(tcb().has(kSmallerMss));
  EXPECT_EQ(count.path_mtu_restored.get(), 1u);
  no_deadline(idle_at);
  app_sends(kFull);
  sends("PA seq=1461 ack=1 len=1460");
}

TEST_F(PathMtu, TheAgeCountsFromTheLastError) {
  given_sent(kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  drain();
  arrives(seg());
  elapse(minutes{6});
  app_sends(kFull);
  drain();
  EXPECT_TRUE(packet_too_big(tcb(), snd(1 + kFull), 1200, env));
  drain();
  arrives(seg());
  elapse(minutes{6});
  EXPECT_EQ(tcb().smss, 1160);
  elapse(minutes{4} + milliseconds{1});
  EXPECT_EQ(tcb().smss, 1460) << "not what was found first";
}

TEST_F(PathMtu, WhatOthersLearnedMeanwhileStays) {
  given_sent(kFull);
  EXPECT_TRUE(packet_too_big(tcb(), snd(1), 1400, env));
  drain();
  arrives(seg());
  elapse(minutes{6});
  paths.set_mtu(key.remote_address, 1300, env.now);
  elapse(minutes{4});
  EXPECT_EQ(tcb().smss, 1260);
  EXPECT_TRUE(tcb().has(kSmallerMss));
  deadline(idle_at, minutes{10});
  elapse(minutes{10} + milliseconds{1});
  EXPECT_EQ(tcb().smss, 1460);
}

TEST_F(PathMtu, ABlackHoleIsSuspectedAfterThreeTimeouts) {
  given_sent(2 * kFull);
  for (int i = 0; i < 2; ++i) {
    time_out();
    sends("A seq=1 ack=1 len=1460");
  }
  time_out();
  sends("A seq=1 ack=1 len=984");
  EXPECT_EQ(tcb().smss, 984);
  EXPECT_EQ(count.black_holes.get(), 1u);
  EXPECT_EQ(paths.mtu(key.remote_address, 1500, env.now), 1500) << "no more than a suspicion";
  arrives(seg().ack(985));
  sends("A seq=985 ack=1 len=984", "PA seq=1969 ack=1 len=952");
}

TEST_F(PathMtu, ABlackHoleForSmallerOnesToo) {
  given_sent(2 * kFull);
  for (int i = 0; i < 5; ++i) time_out();
  EXPECT_EQ(tcb().smss, 984);
  drain();
  time_out();
  sends("A seq=1 ack=1 len=512");
  EXPECT_EQ(count.black_holes.get(), 2u);
  for (int i = 0; i < 3; ++i) time_out();
  EXPECT_EQ(tcb().smss, 512);
  EXPECT_EQ(count.black_holes.get(), 2u);
  drain();
}

TEST_F(PathMtu, ABlackHoleOfIpv6HasOneStep) {
  open_v6();
  app_sends(1440);
  drain();
  for (int i = 0; i < 6; ++i) time_out();
  EXPECT_EQ(tcb().smss, 1220);
  EXPECT_EQ(count.black_holes.get(), 1u);
  drain();
}

TEST_F(PathMtu, SmallSegmentsMakeNoBlackHole) {
  given_sent(kFull - 1);
  for (int i = 0; i < 6; ++i) time_out();
  EXPECT_EQ(tcb().smss, kFull);
  EXPECT_EQ(count.black_holes.get(), 0u);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
