// When data goes: Nagle (RFC 9293 3.7.4), the sender's silly-window avoidance (3.8.6.2.1), PSH, and the room of a turn.
#include "tcp/output.h"
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Output = SegmentTest;

// Proves MUST-61, SHLD-28.
TEST_F(Output, FullSegmentsAndPushAtTheEnd) {
  given(State::Established);
  app_sends(2 * 1460);
  sends("A seq=1 ack=1 len=1460", "PA seq=1461 ack=1 len=1460");
  EXPECT_EQ(tcb().owed, 0);
  EXPECT_EQ(count.segments_sent.get(), 4u);
}

// Proves MUST-60, SHLD-7.
TEST_F(Output, NagleHoldsTheRestWhileDataIsOutstanding) {
  given(State::Established);
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
  app_sends(10);
  app_sends(20);
  sends_nothing();
  arrives(seg().ack(10));
  sends_nothing();
  arrives(seg().ack(11));
  sends("PA seq=11 ack=1 len=30");
}

// Proves SHLD-7.
TEST_F(Output, NagleLetsFullSegmentsGo) {
  given(State::Established);
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
  app_sends(1470);
  sends("A seq=11 ack=1 len=1460");
}

// Proves MUST-17.
TEST_F(Output, WithoutNagleAllGoesAtOnce) {
  given(State::Established, {}, {.no_delay = true});
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
  app_sends(5);
  sends("PA seq=11 ack=1 len=5");
}

TEST_F(Output, AQueuedFinOverridesNagle) {
  given(State::Established);
  app_sends(10);
  drain();
  app_sends(5);
  app_shuts_down();
  sends("FPA seq=11 ack=1 len=5");
}

// Proves MUST-38.
TEST_F(Output, HalfOfTheLargestWindowIsWorthIt) {
  given(State::Established, {.window = 1000});
  arrives(seg().wnd(500));
  app_sends(2000);
  sends("A seq=1 ack=1 len=500");
}

// Proves MUST-38.
TEST_F(Output, LessThanHalfWaitsForTheProbeTimer) {
  given(State::Established, {.window = 1000});
  arrives(seg().wnd(499));
  app_sends(2000);
  sends_nothing();
  EXPECT_TRUE(tcb().has(kPersist));
  deadline(&Tcb::rexmit_at, seconds{1});
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=499");
  EXPECT_EQ(count.window_probes.get(), 1u);
  arrives(seg().ack(500).wnd(499));
  EXPECT_FALSE(tcb().has(kPersist)) << "what was sent was taken: no probe any more";
}

TEST_F(Output, AllThereIsGoesIntoASmallWindow) {
  given(State::Established, {.window = 1000});
  arrives(seg().wnd(100));
  app_sends(100);
  sends("PA seq=1 ack=1 len=100");
}

TEST_F(Output, CwndStopsWholeSegments) {
  given(State::Established);
  set_window_of(tcb(), 3 * 1460 - 1, env);
  app_sends(6 * 1460);
  sends("A seq=1 ack=1 len=1460", "A seq=1461 ack=1 len=1460");
  EXPECT_TRUE(tcb().has(kCwndLimited));
  set_window_of(tcb(), 3 * 1460, env);
  owe(tcb(), kOweData, env);
  sends("A seq=2921 ack=1 len=1460");
}

TEST_F(Output, NotCwndLimitedWhenTheApplicationHasNoMore) {
  given_sent(2 * 1460);
  EXPECT_FALSE(tcb().has(kCwndLimited));
}

TEST_F(Output, FinIgnoresCwnd) {
  given_sent(1460);
  set_window_of(tcb(), 100, env);
  app_shuts_down();
  sends("FA seq=1461 ack=1");
}

TEST_F(Output, ATurnWithoutRoomGoesOnLater) {
  given(State::Established, {}, {.send_buffer = 1 << 20});
  set_window_of(tcb(), 1 << 20, env);
  tcb().snd_wnd = 1 << 20;
  tcb().last_sent_ms = timestamp_clock(env.now);
  EXPECT_EQ(app_sends(65 * 1460), 65u * 1460);
  EXPECT_EQ(take_sent().size(), 64u);
  EXPECT_FALSE(ready.empty());
  sends("PA seq=93441 ack=1 len=1460");
  EXPECT_TRUE(ready.empty());
}

TEST_F(Output, EveryKindWaitsForRoom) {
  given_sent(1460);
  while (out.room() > 0) out.push(*control_pool().alloc(), OutSegment::Remote{}, 0, 0, 64);
  for (const std::uint8_t owed : {kOweAck, kOweKeepalive, kOweSyn, kOweRst}) {
    SCOPED_TRACE(int{owed});
    tcb().owed = owed;
    EXPECT_TRUE(output(tcb(), env));
    EXPECT_EQ(tcb().owed, owed);
  }
  tcb().owed = kOweProbe;
  tcb().set(kPersist);
  EXPECT_TRUE(output(tcb(), env));
  tcb().owed = kOweData;
  tcb().clear(kPersist);
  app_sends(1460);
  EXPECT_TRUE(output(tcb(), env));
  sender().sent.mark_lost(*sender().sent.front());
  EXPECT_TRUE(output(tcb(), env));
  sender().sent.restore_lost();
  tcb().dup_acks_owed = 2;
  EXPECT_TRUE(output(tcb(), env));
  EXPECT_EQ(tcb().dup_acks_owed, 2);
  EXPECT_EQ(out.segments().size(), 64u);
  tcb().owed = 0;
  for (OutSegment& segment : out.segments()) segment.packet->free();
  out.clear();
}

TEST_F(Output, NoPacketForDataMeansLater) {
  nic_holds();  // so every segment needs a header packet
  given_sent(1460);
  app_sends(1460);
  elapse(milliseconds{1001});
  empty_pool(control_pool());
  EXPECT_EQ(take_sent().size(), 0u);
  EXPECT_GE(count.output_no_packet.get(), 1u);
  EXPECT_EQ(lost_from(), 1u);
  EXPECT_EQ(count.retransmits.get(), 0u);
  give_back();
  empty_pool(control_pool(), 1);  // a header, but no indirect packet
  EXPECT_EQ(take_sent().size(), 0u);
  EXPECT_EQ(control_pool().available(), 1u);
  give_back();
  sends("A seq=1 ack=1 len=1460");
}

TEST_F(Output, SendBufferFull) {
  given(State::Established, {}, {.send_buffer = 2 * 2432});
  EXPECT_EQ(app_sends(1460), 1460u);
  EXPECT_EQ(app_sends(2000), 1460u);
  EXPECT_TRUE(tcb().has(kWantRoom));
  EXPECT_EQ(app_sends(300), 0u);
  drain();
  no_events();
  arrives(seg().ack(1461));
  events("Writable 1460");
}

TEST_F(Output, DataPoolEmpty) {
  given(State::Established);
  empty_pool(data_pool(), 1);
  EXPECT_EQ(app_sends(3000), 1460u);
  EXPECT_TRUE(tcb().has(kWantRoom));
  EXPECT_EQ(app_sends(300), 0u);
  drain();
  give_back();
}

// Proves SHLD-27, MAY-16.
TEST_F(Output, SmallSendsShareABuffer) {
  given(State::Established);
  app_sends(1);
  drain();
  for (int i = 0; i < 5; ++i) app_sends(255);
  EXPECT_EQ(tcb().snd_queue.truesize(), 2432u);
  EXPECT_EQ(count.compacted_bytes.get(), 1276u);
  EXPECT_EQ(count.payload_copies.get(), 0u);
  app_sends(256);
  EXPECT_EQ(tcb().snd_queue.truesize(), 2u * 2432);
  EXPECT_EQ(count.payload_copies.get(), 1u);
  arrives(seg().ack(2));
  sends("A seq=2 ack=1 len=1460");
  arrives(seg().ack(1462));
  sends("PA seq=1462 ack=1 len=71");
}

// Proves MUST-39.
TEST_F(Output, WindowUpdateAfterTwoSegments) {
  given(State::Established, {}, {.receive_buffer = 10 * 2432});
  for (int i = 0; i < 10; ++i) arrives(seg().data(1460));
  sends("A seq=1 ack=14601 win=0");
  events("Readable 14600");
  app_reads(2919);
  sends_nothing();
  app_reads(1);
  sends("A seq=1 ack=14601 win=2920");
  app_reads(1460);
  sends_nothing();
}

TEST_F(Output, WindowUpdateAfterHalfASmallBuffer) {
  given(State::Established, {}, {.receive_buffer = 2432});
  EXPECT_EQ(tcb().rcv_wnd(), 1460u);
  arrives(seg().data(1460));
  elapse(milliseconds{41});
  sends("A seq=1 ack=1461 win=0");
  app_reads(1459);
  sends_nothing();
  app_reads(1);
  sends("A seq=1 ack=1461 win=1460");
}

TEST_F(Output, NoWindowUpdateUnderPressureOrAfterThePeersFin) {
  given(State::Established, {}, {.receive_buffer = 10 * 2432});
  for (int i = 0; i < 8; ++i) arrives(seg().data(1460));
  drain();
  env.pressure = Pressure::Windows;
  app_reads(5840);
  sends_nothing();
  env.pressure = Pressure::None;
  arrives(seg().fin());
  drain();
  app_reads(5840);
  sends_nothing();
}

TEST_F(Output, AnAckDoesNotMoveTheEdgeBySillySteps) {
  given(State::Established, {}, {.receive_buffer = 10 * 2432});
  EXPECT_EQ(tcb().rcv_wnd(), 14600u);
  for (int i = 0; i < 2; ++i) arrives(seg().data(1460));
  sends("A seq=1 ack=2921 win=11680");
  app_reads(1460);  // one buffer free: exactly one segment more
  owe(tcb(), kOweAck, env);
  sends("A seq=1 ack=2921 win=13140");
}

// Proves MUST-39, SHLD-14.
TEST_F(Output, TheEdgeStaysWhenLessThanASegmentIsFree) {
  given(State::Established, {}, {.receive_buffer = 10 * 2432});
  for (int i = 0; i < 2; ++i) arrives(seg().data(1460));
  drain();
  tcb().rcv_adv += 1;  // possible is now one less than promised + step
  app_reads(1460);
  owe(tcb(), kOweAck, env);
  sends("A seq=1 ack=2921 win=11681");
}

// Proves SHLD-14.
TEST_F(Output, ThePromiseIsRoundedUpWithScale) {
  given(State::Established, {.wscale = 0}, {.receive_buffer = 256 << 10});
  hold_window();
  tcb().rcv_adv = tcb().rcv_nxt + 801;
  owe(tcb(), kOweAck, env);
  sends("A seq=1 ack=1 win=101");
  EXPECT_EQ(tcb().rcv_wnd(), 808u);
  owe(tcb(), kOweAck, env);
  sends("A seq=1 ack=1 win=101");
}

TEST_F(Output, TheBufferSharesOfTheWindow) {
  given(State::Established, {}, {.receive_buffer = 4 * 2432});
  EXPECT_EQ(tcb().rcv_wnd(), 4u * 1460);
}

TEST_F(Output, DeadAndWaitingOnesSendNothing) {
  given(State::SynSent);
  tcb().owed = kOweData | kOweAck;
  EXPECT_FALSE(output(tcb(), env));
  tcp::abort(tcb(), env);
  tcb().owed = kOweAck;
  EXPECT_FALSE(output(tcb(), env));
  sends_nothing();
}

}  // namespace
}  // namespace millrace::tcp::test
