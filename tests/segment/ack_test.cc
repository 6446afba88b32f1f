// RFC 9293 3.10.7.4, fifth: the ACK field (RFC 5961 5) and the send window (SND.WL1, SND.WL2).
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Ack = SegmentTest;

// Proves BODY-9.
TEST_F(Ack, OfTheUnsentIsChallenged) {
  given_sent(100);
  arrives(seg().ack(101));
  counted(Outcome::Processed);
  arrives(seg().ack(102));
  counted(Outcome::DroppedAckOutside);
  EXPECT_EQ(count.challenge_acks.get(), 1u);
  sends("A seq=101 ack=1");
}

// Proves MAY-12, BODY-9.
TEST_F(Ack, S55_OldestPlausible) {
  given(State::Established, {.window = 1000});
  arrives(seg().ack(1u - 1000u).data(3));
  counted(Outcome::Delivered);
  arrives(seg().ack(1u - 1001u).data(3));
  counted(Outcome::DroppedAckOutside);
  EXPECT_EQ(tcb().rcv_nxt, rcv(4));
  sends("A seq=1 ack=4");
}

TEST_F(Ack, PlausibleByTheLargestWindowSeen) {
  given(State::Established, {.window = 1000});
  arrives(seg().wnd(3000));
  arrives(seg().wnd(500));
  EXPECT_EQ(tcb().max_snd_wnd, 3000u);
  arrives(seg().ack(1u - 3000u));
  counted(Outcome::Processed);
  arrives(seg().ack(1u - 3001u));
  counted(Outcome::DroppedAckOutside);
  drain();
}

TEST_F(Ack, TextOfASegmentWithAnImplausibleAckIsNotTaken) {
  given(State::Established);
  arrives(seg().ack(2).data(10).fin());
  counted(Outcome::DroppedAckOutside);
  no_events();
  state(State::Established);
  drain();
}

TEST_F(Ack, PartOfASegment) {
  given_sent(100);
  arrives(seg().ack(41));
  EXPECT_EQ(tcb().snd_una, snd(41));
  EXPECT_EQ(tcb().snd_queue.bytes(), 60u);
  EXPECT_EQ(tcb().flight_size(), 60u);
  sends_nothing();
}

TEST_F(Ack, AllFreesTheBuffersAndTheTimers) {
  given_sent(2920);
  EXPECT_NE(tcb().rexmit_at, 0u);
  arrives(seg().ack(1461));
  arrives(seg().ack(2921));
  EXPECT_TRUE(tcb().snd_queue.empty());
  EXPECT_EQ(data_pool().available(), data_pool().size());
  no_deadline(&Tcb::rexmit_at);
  no_deadline(&Tcb::user_at);
}

TEST_F(Ack, PartRestartsTheTimers) {
  given_sent(2920);
  elapse(milliseconds{500});
  arrives(seg().ack(1461));
  deadline(&Tcb::rexmit_at, milliseconds{1500});  // the first sample: 500 + 4 * 250
  deadline(&Tcb::user_at, seconds{924});
}

TEST_F(Ack, RttFromTheSendRecord) {
  given_sent(100);
  elapse(milliseconds{80});
  arrives(seg().ack(101));
  EXPECT_EQ(tcb().rtt.srtt_us, 80'000u);
  EXPECT_EQ(tcb().rtt.rttvar_us, 40'000u);
}

TEST_F(Ack, RttFromPartOfASegmentToo) {
  given_sent(100);
  elapse(milliseconds{80});
  arrives(seg().ack(100));
  EXPECT_EQ(tcb().rtt.srtt_us, 80'000u);
}

TEST_F(Ack, RttOfTheNewestSlice) {
  given_sent(1460);
  elapse(milliseconds{10});
  app_sends(1460);
  drain();
  elapse(milliseconds{50});
  arrives(seg().ack(2921));
  EXPECT_EQ(tcb().rtt.srtt_us, 50'000u);
}

// Proves MUST-18.
TEST_F(Ack, KarnNoRttFromWhatWasSentTwice) {
  given_sent(100);
  elapse(milliseconds{1001});
  sends("PA seq=1 ack=1 len=100");
  elapse(milliseconds{10});
  arrives(seg().ack(101));
  EXPECT_EQ(tcb().rtt.srtt_us, 0u);
  EXPECT_EQ(tcb().rtt.backoff, 0);
}

TEST_F(Ack, KarnNoRttWhenTheAckCoversSomethingSentTwice) {
  given_sent(2920);
  arrives(seg().ack(1));
  arrives(seg().ack(1));
  arrives(seg().ack(1));  // fast retransmit of the first
  drain();
  elapse(milliseconds{30});
  arrives(seg().ack(2921));
  EXPECT_EQ(tcb().rtt.srtt_us, 0u);
}

TEST_F(Ack, WindowFromANewerSegment) {
  given(State::Established);
  arrives(seg().data(1).wnd(100));
  EXPECT_EQ(tcb().snd_wnd, 100u);
  EXPECT_EQ(tcb().snd_wl1, rcv(1));
  arrives(seg().seq(1).data(2).wnd(77));  // starts before, cut to RCV.NXT
  EXPECT_EQ(tcb().snd_wnd, 77u);
  EXPECT_EQ(tcb().snd_wl1, rcv(2));
}

TEST_F(Ack, WindowNotFromAnOlderSegment) {
  given(State::Established);
  arrives(seg().seq(11).data(1).wnd(200));  // out of order, newest so far
  EXPECT_EQ(tcb().snd_wnd, 200u);
  arrives(seg().seq(1).data(1).wnd(50));
  EXPECT_EQ(tcb().snd_wnd, 200u);
  EXPECT_EQ(tcb().snd_wl1, rcv(11));
  drain();
}

TEST_F(Ack, WindowFromTheSameSegmentWithANewerOrEqualAck) {
  given_sent(100);
  arrives(seg().ack(51).wnd(500));
  EXPECT_EQ(tcb().snd_wnd, 500u);
  arrives(seg().ack(51).wnd(600));
  EXPECT_EQ(tcb().snd_wnd, 600u);
  arrives(seg().ack(40).wnd(700));
  EXPECT_EQ(tcb().snd_wnd, 600u);
  counted(Outcome::Processed);
}

TEST_F(Ack, WindowNotFromAnOldAckEvenWithANewerSeq) {
  given_sent(100);
  arrives(seg().ack(51).wnd(500));
  arrives(seg().seq(2).ack(40).wnd(700).data(1));
  EXPECT_EQ(tcb().snd_wnd, 500u);
  drain();
}

// Proves REC-1.
TEST_F(Ack, WindowIsScaledByThePeersShift) {
  given(State::Established, {.wscale = 3});
  arrives(seg().wnd(0x8001));
  EXPECT_EQ(tcb().snd_wnd, 0x8001u * 8);
  EXPECT_EQ(tcb().max_snd_wnd, 0x8001u * 8);
}

// Proves MUST-1.
TEST_F(Ack, WindowsOf0x8000AndMoreAreNotNegative) {
  given(State::Established, {.window = 100});
  set_window_of(tcb(), 1 << 20, env);
  tcb().last_sent_ms = timestamp_clock(env.now);
  for (const std::uint16_t window : {0x8000, 0xffff}) {
    arrives(seg().wnd(window));
    EXPECT_EQ(tcb().snd_wnd, window);
  }
  arrives(seg().wnd(0x8000));
  EXPECT_EQ(app_sends(40'000), 40'000u);
  EXPECT_EQ(take_sent().size(), 22u) << "the whole segments that 32768 bytes hold";
}

TEST_F(Ack, AGrowingWindowLetsDataGo) {
  given(State::Established, {.window = 100}, {.no_delay = true});
  app_sends(300);
  sends("A seq=1 ack=1 len=100");
  arrives(seg().ack(1).wnd(100));
  sends_nothing();
  arrives(seg().ack(1).wnd(350));
  sends("PA seq=101 ack=1 len=200");
}

// Proves MUST-34, SHLD-15.
TEST_F(Ack, AShrunkWindowStopsData) {
  given(State::Established, {.window = 1000}, {.no_delay = true});  // so that it is the window that stops it
  app_sends(1500);
  sends("A seq=1 ack=1 len=1000");
  arrives(seg().ack(501).wnd(200));  // the edge is now left of SND.NXT
  sends_nothing();
  arrives(seg().ack(1001).wnd(499));
  sends_nothing();
  arrives(seg().ack(1001).wnd(500));
  sends("PA seq=1001 ack=1 len=500");
}

TEST_F(Ack, InEveryLaterStateDataIsStillAcknowledged) {
  given(State::CloseWait);
  app_sends(10);
  sends("PA seq=1 ack=2 len=10");
  arrives(seg().ack(11));
  EXPECT_EQ(tcb().snd_una, snd(11));
  state(State::CloseWait);
}

TEST_F(Ack, WritableWhenAThirdIsFree) {
  given(State::Established, {}, {.send_buffer = 3 * 2432});
  EXPECT_EQ(app_sends(5000), 3u * 1460);
  drain();
  arrives(seg().ack(1460));
  no_events();
  arrives(seg().ack(1461));
  events("Writable 1460");
  arrives(seg().ack(2921));
  no_events();
  EXPECT_EQ(app_sends(1), 1u);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
