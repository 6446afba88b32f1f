// Urgent data (RFC 9293 3.8.5, RFC 6093): in line, with its mark.
#include "tcp/urgent.h"
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Urgent : public SegmentTest {
 protected:
  std::size_t app_sends_urgent(std::uint32_t bytes) {
    const std::string text = text_from(1 + sent_, bytes);
    const std::size_t taken = send_urgent(tcb(), std::as_bytes(std::span{text}), env);
    sent_ += static_cast<std::uint32_t>(taken);
    return taken;
  }
  [[nodiscard]] std::uint32_t left() { return urgent_left(tcb(), env); }
  std::uint32_t sent_ = 0;
};

// Proves MUST-30, MUST-32, MUST-33, MUST-62. SEG.UP points behind the last urgent byte.
TEST_F(Urgent, IsToldAndDeliveredInLine) {
  given(State::Established);
  EXPECT_EQ(left(), 0u);
  arrives(seg().data(10).urg(4));
  counted(Outcome::Delivered);
  events("Urgent 4", "Readable 10");
  EXPECT_EQ(left(), 4u);
  app_reads(3);
  EXPECT_EQ(left(), 1u);
  app_reads(1);
  EXPECT_EQ(left(), 0u);
  EXPECT_FALSE(tcb().has(kUrgentToRead));
  app_reads(6);
  drain();
}

// Proves MUST-32. The pointer may come before its bytes.
TEST_F(Urgent, IsToldBeforeItsBytesArrive) {
  given(State::Established);
  arrives(seg().urg(1000));
  events("Urgent 1000");
  arrives(seg().data(600));
  drain();
  EXPECT_EQ(left(), 1000u);
  app_reads(600);
  EXPECT_EQ(left(), 400u);
  drain();
}

// Proves MUST-32, BODY-2. Again when the pointer advances, and only then.
TEST_F(Urgent, IsToldAgainWhenTheMarkMovesOn) {
  given(State::Established);
  arrives(seg().data(10).urg(10));
  events("Urgent 10", "Readable 10");
  arrives(seg().data(10));
  events("Readable 20");
  arrives(seg().seq(11).data(10).urg(0));  // again, and pointing to where the mark was
  no_events();
  arrives(seg().seq(21).urg(1));
  events("Urgent 21");
  arrives(seg().seq(21).urg(1));
  no_events();
  drain();
  app_reads(20);
  EXPECT_EQ(left(), 1u);
  drain();
}

TEST_F(Urgent, IsToldAgainAfterItWasRead) {
  given(State::Established);
  arrives(seg().data(10).urg(10));
  drain();
  app_reads(10);
  arrives(seg().data(5).urg(5));
  events("Urgent 5", "Readable 5");
  app_reads(5);
  drain();
}

TEST_F(Urgent, WhatWasReadIsNotUrgentAnyMore) {
  given(State::Established);
  arrives(seg().data(10));
  app_reads(10);
  drain();
  arrives(seg().urg(0));
  no_events();
  EXPECT_EQ(left(), 0u);
  arrives(seg().seq(5).data(10).urg(6));  // its front is known; the mark keeps its place
  drain();
  EXPECT_EQ(left(), 0u);
  arrives(seg().seq(12).data(10).urg(7));
  events("Urgent 8", "Readable 11");
  app_reads(11);
  drain();
}

TEST_F(Urgent, UnreadTextBeforeTheMarkCounts) {
  given(State::Established);
  arrives(seg().data(100));
  arrives(seg().urg(0));
  events("Urgent 100", "Readable 100");
  app_reads(100);
  drain();
}

// Proves MUST-66. URG is processed even when the window is zero.
TEST_F(Urgent, IsHeardWithAZeroWindow) {
  given(State::Established, {}, {.receive_buffer = 1});
  tcb().rcv_adv = tcb().rcv_nxt;
  hold_window();
  arrives(seg().data(10).urg(10));
  events("Urgent 11");  // hold_window() left one byte unread
  sends("A seq=1 ack=1 win=0");
}

TEST_F(Urgent, OutOfOrderToo) {
  given(State::Established, {.sack = true});
  arrives(seg().seq(101).data(10).urg(10));
  counted(Outcome::Queued);
  events("Urgent 110");
  drain();
}

TEST_F(Urgent, NotOutsideTheWindow) {
  given(State::Established);
  arrives(seg().seq(70000).urg(10));
  arrives(seg().ack(2000).urg(10));  // acknowledges the unsent
  no_events();
  EXPECT_EQ(left(), 0u);
  drain();
}

TEST_F(Urgent, NotAfterThePeersFin) {
  given(State::CloseWait);
  arrives(seg().urg(10));
  no_events();
  EXPECT_EQ(left(), 0u);
}

TEST_F(Urgent, InEveryStateThatReceives) {
  for (const State receiving : {State::FinWait1, State::FinWait2}) {
    ++key.local_port;
    given(receiving);
    arrives(seg().data(5).urg(5));
    events("Urgent 5", "Readable 5");
    drain();
  }
}

TEST_F(Urgent, OnTheSynAck) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().data(5).urg(4));  // counts from the SYN
  events("Connected", "Urgent 3", "Readable 5");
  app_reads(5);
  drain();
}

TEST_F(Urgent, TheFinIsNotCounted) {
  given(State::Established);
  arrives(seg().data(5).urg(5).fin());
  events("Urgent 5", "Readable 5", "PeerClosed");
  EXPECT_EQ(left(), 5u);
  app_reads(5);
  EXPECT_EQ(left(), 0u);
  drain();
}

// Proves MUST-31. Any length.
TEST_F(Urgent, LongerThanAPointerReaches) {
  given(State::Established, {.wscale = 4}, {.receive_buffer = 1 << 20});
  std::uint32_t told = 0;
  for (std::uint32_t at = 0; at < 100'000; at += 1000) {
    const std::uint32_t ahead = std::min<std::uint32_t>(100'000 - at, 0xffff);
    arrives(seg().data(1000).urg(static_cast<std::uint16_t>(ahead)));
    for (const Event& event : batch.collect(env)) told += event.kind == EventKind::Urgent ? 1 : 0;
    batch.done(env);
    app_reads(1000);
    drain();
  }
  EXPECT_EQ(told, 35u + 1u) << "while the mark moved on";
  EXPECT_EQ(left(), 0u);
}

// Proves MUST-62.
TEST_F(Urgent, WhatWeSendPointsBehindTheLastUrgentByte) {
  given(State::Established);
  EXPECT_EQ(app_sends_urgent(5), 5u);
  sends("PUA seq=1 ack=1 up=5 len=5");
  arrives(seg());
  arrives(seg().data(1));
  elapse(milliseconds{41});
  sends("A seq=6 ack=2");
  EXPECT_FALSE(tcb().has(kUrgentToSend));
  drain();
}

TEST_F(Urgent, EverySegmentBeforeTheMarkSaysSo) {
  given(State::Established, {}, {.no_delay = true});
  EXPECT_EQ(app_sends_urgent(2000), 2000u);
  sends("UA seq=1 ack=1 up=2000 len=1460", "PUA seq=1461 ack=1 up=540 len=540");
  arrives(seg().ack(1).data(1));
  elapse(milliseconds{41});
  sends("A seq=2001 ack=2");
  elapse(seconds{1});
  sends("UA seq=1 ack=2 up=2000 len=1460");
}

// Proves MUST-31.
TEST_F(Urgent, WhatWeSendMayHaveAnyLength) {
  given(State::Established, {.wscale = 7}, {.send_buffer = 1 << 20});
  EXPECT_EQ(app_sends_urgent(70'000), 70'000u);
  const std::vector<Sent> first = take_sent();
  ASSERT_EQ(first.size(), 10u);
  EXPECT_EQ(first[0].header.urgent_pointer, 0xffff);
  EXPECT_EQ(first[4].header.urgent_pointer, 70'000 - 4 * 1460);
  EXPECT_TRUE(first[9].header.ctl.urg());
}

TEST_F(Urgent, ThePeerLearnsOfItThroughAZeroWindow) {
  given(State::Established);
  arrives(seg().wnd(0));
  EXPECT_EQ(app_sends_urgent(7), 7u);
  sends("UA seq=1 ack=1 up=7");
  elapse(milliseconds{1001});
  sends("UA seq=1 ack=1 up=7 len=1");
}

TEST_F(Urgent, NormalDataBehindItIsNotUrgent) {
  given(State::Established, {}, {.no_delay = true});
  EXPECT_EQ(app_sends_urgent(5), 5u);
  sends("PUA seq=1 ack=1 up=5 len=5");
  const std::string more = text_from(6, 3);
  EXPECT_EQ(send_copy(tcb(), std::as_bytes(std::span{more}), env), 3u);
  sends("PA seq=6 ack=1 len=3");
  EXPECT_EQ(app_sends_urgent(0), 0u);
  sends_nothing();
}

TEST_F(Urgent, NotOnTheSyn) {
  connect();
  EXPECT_EQ(app_sends_urgent(3), 3u);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  arrives(seg().seq(0).ack(1).syn().mss(1460));
  sends("PUA seq=1 ack=1 up=3 len=3");
}

TEST_F(Urgent, TheMarkTravelsWithTransfer) {
  given(State::Established);
  arrives(seg().data(10).urg(4));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 10u);
  sends("PUA seq=1 ack=11 up=4 len=10");
  EXPECT_EQ(left(), 0u);
}

TEST_F(Urgent, TheMarkTravelsAheadOfItsBytes) {
  given(State::Established);
  arrives(seg().urg(10));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 0u);
  sends("UA seq=1 ack=1 up=10");
  EXPECT_EQ(transfer(tcb(), tcb(), env), 0u);
  sends_nothing();
  arrives(seg().data(4));
  EXPECT_EQ(transfer(tcb(), tcb(), env), 4u);
  sends("PUA seq=1 ack=5 up=10 len=4");
}

TEST_F(Urgent, ASingleByteIsMarked) {
  given(State::Established);
  EXPECT_EQ(app_sends_urgent(1), 1u);
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].header.ctl.urg());
  EXPECT_EQ(sent[0].header.urgent_pointer, 1);
}

}  // namespace
}  // namespace millrace::tcp::test
