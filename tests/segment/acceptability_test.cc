// RFC 9293 3.10.7.4, first: the four cases at their edges, and what is cut off.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Acceptability : public SegmentTest {
 protected:
  /// RCV.NXT is 1; the window stays as it is.
  void window(std::uint32_t bytes) {
    given(State::Established);
    tcb().rcv_buffer = 9 * bytes;  // so small that half of it, the step of growth, is more than what is free
    tcb().rcv_adv = tcb().rcv_nxt + bytes;
  }
};

TEST_F(Acceptability, EmptyAtLeftEdge) {
  window(100);
  arrives(seg().seq(1));
  counted(Outcome::Processed);
  sends_nothing();
}

TEST_F(Acceptability, EmptyAtLastByteOfWindow) {
  window(100);
  arrives(seg().seq(100));
  counted(Outcome::Processed);
  sends_nothing();
}

TEST_F(Acceptability, EmptyAtRightEdge) {
  window(100);
  arrives(seg().seq(101));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1 win=100");
}

TEST_F(Acceptability, EmptyBeforeLeftEdge) {
  window(100);
  arrives(seg().seq(0));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1 win=100");
}

TEST_F(Acceptability, EmptyUnacceptableIsAnsweredWithinTheChallengeLimit) {
  window(100);
  arrives(seg().seq(101));
  sends("A seq=1 ack=1 win=100");
  elapse(milliseconds{499});
  arrives(seg().seq(101));
  sends_nothing();
  EXPECT_EQ(count.challenge_acks_limited.get(), 1u);
  elapse(milliseconds{1});
  arrives(seg().seq(101));
  sends("A seq=1 ack=1 win=100");
  EXPECT_EQ(count.challenge_acks.get(), 0u) << "this is not a challenge ACK";
}

TEST_F(Acceptability, S05_ARepeatedSynAckIsAnsweredAlways) {
  given(State::Established);
  for (int i = 0; i < 3; ++i) {
    arrives(seg().syn().seq(0).ack(1));
    counted(Outcome::DroppedNotAcceptable);
    sends("A seq=1 ack=1");
  }
  EXPECT_EQ(count.challenge_acks_limited.get(), 0u);
}

TEST_F(Acceptability, ASynThatIsNotTheHandshakesIsAnsweredWithinTheChallengeLimit) {
  given(State::Established);
  app_sends(5);
  sends("PA seq=1 ack=1 len=5");
  arrives(seg().syn().seq(0).ack(2));
  sends("A seq=6 ack=1");
  arrives(seg().syn().seq(0).ack(2));
  arrives(seg().syn().seq(0).no_ack());
  arrives(seg().syn().seq(-1).ack(1));
  sends_nothing();
  EXPECT_EQ(count.challenge_acks_limited.get(), 3u);
}

TEST_F(Acceptability, UnacceptableTextIsAnsweredAlways) {
  window(100);
  for (int i = 0; i < 3; ++i) {
    arrives(seg().seq(101).data(1));
    counted(Outcome::DroppedNotAcceptable);
    sends("A seq=1 ack=1 win=100");
  }
}

TEST_F(Acceptability, UnacceptableFinIsAnsweredAlways) {
  window(100);
  for (int i = 0; i < 3; ++i) {
    arrives(seg().seq(0xffff'ffff).fin());
    counted(Outcome::DroppedNotAcceptable);
    sends("A seq=1 ack=1 win=100");
  }
}

TEST_F(Acceptability, ZeroWindowTakesEmptyOnlyAtRcvNxt) {
  window(0);
  app_sends(10);
  sends("PA seq=1 ack=1 win=0 len=10");
  arrives(seg().seq(1).ack(6));
  counted(Outcome::Processed);
  EXPECT_EQ(tcb().snd_una, snd(6));
  sends_nothing();
  arrives(seg().seq(2).ack(11));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=11 ack=1 win=0");
  elapse(seconds{1} / 2);
  drain();
  arrives(seg().seq(0).ack(11));
  counted(Outcome::DroppedNotAcceptable);
  EXPECT_EQ(tcb().snd_una, snd(6));
  drain();
}

TEST_F(Acceptability, ZeroWindowTakesTheAckOfTextAtRcvNxtAndCutsTheText) {
  window(0);
  app_sends(10);
  sends("PA seq=1 ack=1 win=0 len=10");
  arrives(seg().seq(1).ack(11).data(5).fin());
  counted(Outcome::Processed);
  EXPECT_EQ(tcb().snd_una, snd(11));
  EXPECT_EQ(tcb().rcv_nxt, rcv(1));
  state(State::Established);
  no_events();
  sends("A seq=11 ack=1 win=0");
}

TEST_F(Acceptability, ZeroWindowDropsTextElsewhere) {
  window(0);
  app_sends(10);
  drain();
  arrives(seg().seq(2).ack(11).data(5));
  counted(Outcome::DroppedNotAcceptable);
  EXPECT_EQ(tcb().snd_una, snd(1));
  sends("A seq=11 ack=1 win=0");
}

// Proves MUST-66.
TEST_F(Acceptability, ZeroWindowBelievesRstAtRcvNxt) {
  window(0);
  arrives(seg().seq(1).rst());
  counted(Outcome::Processed);
  events("Closed: reset by peer");
}

// Proves SHLD-2.
TEST_F(Acceptability, ZeroWindowBelievesRstWithTextAtRcvNxt) {
  window(0);
  arrives(seg().seq(1).rst().data(3));
  counted(Outcome::Processed);
  events("Closed: reset by peer");
  sends_nothing();
}

TEST_F(Acceptability, ZeroWindowDropsSynAtRcvNxt) {
  window(0);
  arrives(seg().seq(1).syn());
  counted(Outcome::DroppedNotAcceptable);
  state(State::Established);
  sends("A seq=1 ack=1 win=0");
}

TEST_F(Acceptability, TextEndingJustBeforeTheWindow) {
  window(100);
  arrives(seg().seq(0xffff'fffc).data(5));
  counted(Outcome::DroppedNotAcceptable);
  no_events();
  sends("A seq=1 ack=1 win=100");
}

TEST_F(Acceptability, TextWithItsLastByteAtTheLeftEdge) {
  window(100);
  arrives(seg().seq(0xffff'fffc).data(6));
  counted(Outcome::Delivered);
  events("Readable 1");
  app_reads(1);
  EXPECT_EQ(tcb().rcv_nxt, rcv(2));
}

TEST_F(Acceptability, TextWithItsFirstByteAtTheRightEdge) {
  window(100);
  tcb().rcv_buffer = 65536;  // room to keep a buffer out of order
  arrives(seg().seq(100).data(50));
  counted(Outcome::Queued);
  EXPECT_EQ(reassemblies[tcb().reassembly].bytes, 1u);
  arrives(seg().seq(1).data(99));
  events("Readable 100");
  app_reads(100);
}

TEST_F(Acceptability, TextBeyondTheRightEdge) {
  window(100);
  arrives(seg().seq(101).data(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1 win=100");
}

TEST_F(Acceptability, TextThatFillsTheWindow) {
  window(100);
  arrives(seg().seq(1).data(100));
  counted(Outcome::Delivered);
  events("Readable 100");
  EXPECT_EQ(tcb().rcv_wnd(), 0u);
}

TEST_F(Acceptability, TextIsCutAtTheRightEdgeWithItsFin) {
  window(100);
  arrives(seg().seq(1).data(101).fin());
  counted(Outcome::Delivered);
  events("Readable 100");
  state(State::Established);
  app_reads(100);
}

TEST_F(Acceptability, FinAtTheRightEdgeIsOutside) {
  window(100);
  arrives(seg().seq(1).data(100).fin());
  events("Readable 100");
  state(State::Established);
  EXPECT_EQ(tcb().rcv_nxt, rcv(101));
}

TEST_F(Acceptability, FinOnTheLastNumberOfTheWindow) {
  window(100);
  arrives(seg().seq(1).data(99).fin());
  events("Readable 99", "PeerClosed");
  state(State::CloseWait);
  EXPECT_EQ(tcb().rcv_nxt, rcv(101));
  EXPECT_EQ(tcb().rcv_adv, rcv(101));
}

TEST_F(Acceptability, FrontIsCutAcrossBuffers) {
  window(1000);
  arrives(seg().seq(1).data(25));
  arrives(seg().seq(1).data_in({10, 10, 10, 10}));
  counted(Outcome::Delivered);
  events("Readable 40");
  app_reads(40);
}

TEST_F(Acceptability, BackIsCutAcrossBuffers) {
  window(25);
  arrives(seg().seq(1).data_in({10, 10, 10, 10}));
  counted(Outcome::Delivered);
  EXPECT_EQ(tcb().rcv_nxt, rcv(26));
  events("Readable 25");
  app_reads(25);
}

TEST_F(Acceptability, FrontAndFinOfARetransmissionAreCut) {
  window(100);
  arrives(seg().seq(1).data(10).fin());
  drain();
  arrives(seg().seq(1).data(10).fin());
  counted(Outcome::DroppedNotAcceptable);
  state(State::CloseWait);
  sends("A seq=1 ack=12 win=89");
}

TEST_F(Acceptability, KeepaliveProbeOfThePeerIsAnswered) {
  given(State::Established);
  arrives(seg().seq(0));
  sends("A seq=1 ack=1");
}

TEST_F(Acceptability, MissingAckBit) {
  given(State::Established);
  arrives(seg().no_ack().data(5));
  counted(Outcome::DroppedNoAck);
  no_events();
  sends_nothing();
}

// Proves MUST-7.
TEST_F(Acceptability, MalformedOptionsAreCountedAndTheSegmentIsUsed) {
  given(State::Established);
  arrives(seg().malformed().data(5));
  counted(Outcome::Delivered);
  EXPECT_EQ(count.malformed_options.get(), 1u);
  arrives(seg().data(5));
  EXPECT_EQ(count.malformed_options.get(), 1u);
}

}  // namespace
}  // namespace millrace::tcp::test
