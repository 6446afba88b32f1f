// RFC 9293 3.10.7.4, seventh: text in order and out of order, SACK blocks (RFC 2018), and when it is acknowledged.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Text : public SegmentTest {
 protected:
  void open(const Peer& peer = {.sack = true}) { given(State::Established, peer); }
};

TEST_F(Text, InOrder) {
  open();
  arrives(seg().data(10));
  counted(Outcome::Delivered);
  EXPECT_EQ(tcb().rcv_nxt, rcv(11));
  events("Readable 10");
  app_reads(10);
}

TEST_F(Text, OneEventPerTurn) {
  open();
  arrives(seg().data(10));
  arrives(seg().data(20));
  events("Readable 30");
  arrives(seg().data(1));
  events("Readable 31");
  app_reads(31);
}

// Proves MUST-40, SHLD-18.
TEST_F(Text, DelayedAckAfter40ms) {
  open();
  arrives(seg().data(10));
  sends_nothing();
  deadline(&Tcb::delayed_ack_at, milliseconds{40});
  (void)batch.collect(env);
  batch.done(env);
  elapse(milliseconds{10});
  arrives(seg().data(10));  // does not push it back
  deadline(&Tcb::delayed_ack_at, milliseconds{30});
  (void)batch.collect(env);
  batch.done(env);
  quiet_for(milliseconds{30});
  elapse(microseconds{20});
  sends("A seq=1 ack=21");
  no_deadline(&Tcb::delayed_ack_at);
}

// Proves MUST-58, SHLD-19.
TEST_F(Text, TwoFullSegmentsAreAcknowledgedAtOnce) {
  open();
  arrives(seg().data(1460));
  sends_nothing();
  arrives(seg().data(1459));
  sends_nothing();
  arrives(seg().data(1));
  sends("A seq=1 ack=2921");
  no_deadline(&Tcb::delayed_ack_at);
}

// Proves SHLD-19. A full-sized segment with timestamps has 1448 bytes of text.
TEST_F(Text, EverySecondFullSegmentIsAcknowledgedAlsoWithTimestamps) {
  given(State::Established, {.ts = 4});
  for (const char* ack : {"A seq=1 ack=2897 ts=0,4", "A seq=1 ack=5793 ts=0,4"}) {
    arrives(seg().data(1448));
    sends_nothing();
    arrives(seg().data(1448));
    sends(ack);
  }
  drain();
}

// Proves MUST-59.
TEST_F(Text, OneAckForABurst) {
  open();
  for (int i = 0; i < 5; ++i) arrives(seg().data(1460));
  sends("A seq=1 ack=7301");
  sends_nothing();
}

// Proves MUST-58.
TEST_F(Text, TheAckRidesOnData) {
  open();
  arrives(seg().data(2));
  app_sends(3);
  sends("PA seq=1 ack=3 len=3");
  no_deadline(&Tcb::delayed_ack_at);
}

// Proves MAY-13.
TEST_F(Text, AHoleIsAnsweredAtOnceWithSack) {
  open();
  arrives(seg().seq(11).data(10));
  counted(Outcome::Queued);
  no_events();
  sends("A seq=1 ack=1 sack=11-21");
}

TEST_F(Text, WithoutSackTheAnswerIsBare) {
  open({});
  arrives(seg().seq(11).data(10));
  sends("A seq=1 ack=1");
}

TEST_F(Text, OneDuplicatePerSegmentOfABurstUpToEight) {
  open({});
  for (std::uint32_t i = 0; i < 10; ++i) arrives(seg().seq(11 + 10 * i).data(10));
  const std::string line = "A seq=1 ack=1";
  sends(line, line, line, line, line, line, line, line);
  EXPECT_EQ(tcb().dup_acks_owed, 0);
}

// Proves SHLD-31.
TEST_F(Text, FillingTheHoleDeliversAll) {
  open();
  arrives(seg().seq(11).data(10));
  drain();
  arrives(seg().seq(1).data(10));
  counted(Outcome::Delivered);
  events("Readable 20");
  sends("A seq=1 ack=21");
  EXPECT_EQ(reassemblies.used(), 0u);
  app_reads(20);
}

TEST_F(Text, MostRecentBlockFirst) {
  open();
  arrives(seg().seq(11).data(10));
  drain();
  arrives(seg().seq(31).data(10));
  sends("A seq=1 ack=1 sack=31-41 sack=11-21");
  arrives(seg().seq(51).data(10));
  sends("A seq=1 ack=1 sack=51-61 sack=31-41 sack=11-21");
  arrives(seg().seq(71).data(10));
  sends("A seq=1 ack=1 sack=71-81 sack=51-61 sack=31-41 sack=11-21");
  arrives(seg().seq(91).data(10));
  sends("A seq=1 ack=1 sack=91-101 sack=71-81 sack=51-61 sack=31-41");
  arrives(seg().seq(41).data(1));
  sends("A seq=1 ack=1 sack=31-42 sack=91-101 sack=71-81 sack=51-61");
}

TEST_F(Text, ThreeBlocksBesideTimestamps) {
  open({.sack = true, .ts = 4});
  for (std::uint32_t i = 0; i < 4; ++i) {
    drain();
    arrives(seg().seq(11 + 20 * i).data(10));
  }
  sends("A seq=1 ack=1 ts=0,4 sack=71-81 sack=51-61 sack=31-41");
}

TEST_F(Text, BlocksMelt) {
  open();
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(31).data(10));
  drain();
  arrives(seg().seq(21).data(10));
  sends("A seq=1 ack=1 sack=11-41");
}

TEST_F(Text, BlocksLeaveOneByteApart) {
  open();
  arrives(seg().seq(11).data(10));
  drain();
  arrives(seg().seq(22).data(10));
  sends("A seq=1 ack=1 sack=22-32 sack=11-21");
  arrives(seg().seq(9).data(1));
  sends("A seq=1 ack=1 sack=9-10 sack=22-32 sack=11-21");
}

TEST_F(Text, RcvNxtPassesBlocks) {
  open();
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(31).data(10));
  drain();
  arrives(seg().seq(1).data(10));
  sends("A seq=1 ack=21 sack=31-41");
  arrives(seg().seq(21).data(10));
  sends("A seq=1 ack=41");
  app_reads(40);
}

TEST_F(Text, DuplicateBehindAHoleChangesNothing) {
  open();
  arrives(seg().seq(11).data(10));
  drain();
  arrives(seg().seq(11).data(10));
  counted(Outcome::Queued);
  sends("A seq=1 ack=1 sack=11-21 sack=11-21");  // the first is the D-SACK, the second contains it (RFC 2883 4.2)
  EXPECT_EQ(reassemblies[tcb().reassembly].bytes, 10u);
}

TEST_F(Text, OverlapsKeepTheBytesOnce) {
  open();
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(16).data(10));  // from the left
  arrives(seg().seq(31).data(10));
  arrives(seg().seq(28).data(5));  // from the right
  arrives(seg().seq(41).data(10));
  arrives(seg().seq(29).data(40));  // swallows
  arrives(seg().seq(1).data(29));
  events("Readable 68");
  app_reads(68);
  drain();
}

TEST_F(Text, KeptTextOverlappingWhatFillsTheHole) {
  open();
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(1).data(15));
  events("Readable 20");
  EXPECT_EQ(tcb().rcv_nxt, rcv(21));
  app_reads(20);
  drain();
}

TEST_F(Text, KeptTextEntirelyCoveredByWhatFillsTheHole) {
  open();
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(1).data(20));
  events("Readable 20");
  EXPECT_EQ(data_pool().size() - data_pool().available(), 1u);
  app_reads(20);
  drain();
}

TEST_F(Text, AChainInOrder) {
  open();
  arrives(seg().data_in({300, 400, 500}));
  events("Readable 1200");
  EXPECT_EQ(tcb().rcv_queue.truesize(), 3u * 2432);
  app_reads(1200);
}

TEST_F(Text, AChainOutOfOrder) {
  open();
  arrives(seg().seq(11).data_in({300, 400, 500}));
  sends("A seq=1 ack=1 sack=11-1211");
  arrives(seg().seq(1).data(10));
  events("Readable 1210");
  app_reads(1210);
  drain();
}

TEST_F(Text, SmallPiecesAreCopiedTogether) {
  open();
  arrives(seg().data(255));
  arrives(seg().data(255));
  EXPECT_EQ(tcb().rcv_queue.truesize(), 2432u);
  EXPECT_EQ(count.compacted_bytes.get(), 255u);
  arrives(seg().data(256));
  EXPECT_EQ(tcb().rcv_queue.truesize(), 2u * 2432);
  EXPECT_EQ(count.compacted_bytes.get(), 255u);
  app_reads(766);
  drain();
}

TEST_F(Text, ABudgetOfTwiceTheBuffer) {
  given(State::Established, {}, {.receive_buffer = 2 * 2432});
  tcb().rcv_adv = tcb().rcv_nxt + 60000;
  env.pressure = Pressure::Windows;
  for (int i = 0; i < 4; ++i) {
    arrives(seg().data(256));
    counted(Outcome::Delivered);
  }
  arrives(seg().data(256));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(tcb().rcv_nxt, rcv(1025));
  events("Readable 1024");
  sends("A seq=1 ack=1025 win=58976");
  arrives(seg().data(255));
  counted(Outcome::Delivered) /* it needs no buffer of its own */;
  EXPECT_EQ(tcb().rcv_queue.truesize(), 4u * 2432);
  arrives(seg().seq(2000).data(10));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(reassemblies.used(), 0u);
  app_reads(1279);
  drain();
}

TEST_F(Text, BudgetCountsWhatIsOutOfOrder) {
  given(State::Established, {}, {.receive_buffer = 2432});
  tcb().rcv_adv = tcb().rcv_nxt + 60000;
  arrives(seg().seq(11).data(10));
  counted(Outcome::Queued);
  arrives(seg().seq(31).data(10));
  counted(Outcome::Queued);
  arrives(seg().seq(51).data(10));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(reassemblies[tcb().reassembly].truesize, 2u * 2432);
  EXPECT_EQ(reassemblies[tcb().reassembly].bytes, 20u);
  drain();
}

/// Small pieces hold no more than others, whoever reads them or not.
TEST_F(Text, ABudgetForSmallPiecesToo) {
  given(State::Established, {}, {.receive_buffer = 2 * 2432});
  tcb().rcv_adv = tcb().rcv_nxt + 60000;
  env.pressure = Pressure::Windows;
  int taken = 0;
  for (; taken < 200; ++taken) {
    arrives(seg().data(200));
    drain();
    if (count.outcome[static_cast<std::size_t>(Outcome::DroppedMemory)].get() > 0) break;
  }
  EXPECT_EQ(tcb().rcv_queue.truesize(), 4u * 2432);
  EXPECT_NEAR(taken, 4 * 1920 / 200, 4);
  app_reads(static_cast<std::uint32_t>(taken) * 200);
  drain();
}

/// What fills the hole must always get in, or the peer sends it in vain until it gives up.
TEST_F(Text, AFullReassemblyMakesRoomForTheHole) {
  given(State::Established, {.sack = true}, {.receive_buffer = 2 * 2432});
  tcb().rcv_adv = tcb().rcv_nxt + 60000;
  env.pressure = Pressure::Windows;
  for (const std::uint32_t seq : {301u, 601u, 1201u, 1501u}) {
    arrives(seg().seq(seq).data(300));
    counted(Outcome::Queued);
  }
  arrives(seg().seq(1801).data(300));
  counted(Outcome::DroppedMemory);
  drain();
  arrives(seg().seq(1).data(300));
  counted(Outcome::Delivered);
  sends("A seq=1 ack=901 win=59100 sack=1201-1501");
  events("Readable 900");
  EXPECT_EQ(count.reassembly_given_up.get(), 1u);
  app_reads(900);
  arrives(seg().seq(901).data(300));
  arrives(seg().seq(1501).data(300));
  app_reads(900);
  drain();
  EXPECT_EQ(tcb().rcv_nxt, rcv(1801));
  EXPECT_EQ(reassemblies.used(), 0u);
}

TEST_F(Text, APieceThatCostsNothingIsTakenAboveTheBudget) {
  given(State::Established, {}, {.receive_buffer = 1});
  tcb().rcv_adv = tcb().rcv_nxt + 1000;
  arrives(seg().data(300));
  arrives(seg().data(10));
  counted(Outcome::Delivered);
  EXPECT_EQ(tcb().rcv_queue.truesize(), 2432u);
  app_reads(310);
  drain();
}

TEST_F(Text, AReaderWhoLeavesAllMakesNoRoom) {
  given(State::Established, {}, {.receive_buffer = 2432});
  tcb().rcv_adv = tcb().rcv_nxt + 60000;
  env.pressure = Pressure::Windows;
  arrives(seg().data(300));
  arrives(seg().data(300));
  arrives(seg().data(300));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(count.reassembly_given_up.get(), 0u);
  app_reads(600);
  drain();
}

/// They would repeat the new RCV.NXT, and three of them say "lost" (RFC 5681 3.2).
TEST_F(Text, AFilledHoleOwesNoDuplicates) {
  open();
  for (const std::uint32_t seq : {11u, 21u, 31u, 41u}) arrives(seg().seq(seq).data(10));
  arrives(seg().seq(1).data(10));
  sends("A seq=1 ack=51");
  app_reads(50);
  drain();
}

TEST_F(Text, NoReassemblyLeft) {
  open();
  for (std::uint32_t i = 0; i < 4; ++i) (void)reassemblies.take();
  arrives(seg().seq(11).data(10));
  counted(Outcome::DroppedMemory);
  sends("A seq=1 ack=1");
  for (std::uint32_t i = 0; i < 4; ++i) reassemblies.give_back(i);
}

TEST_F(Text, IgnoredAfterThePeersFin) {
  for (const State s : {State::CloseWait, State::LastAck, State::Closing}) {
    SCOPED_TRACE(to_string(s));
    given(s);
    tcb().rcv_adv = tcb().rcv_nxt + 100;
    arrives(seg().data(10).ack(1));
    counted(Outcome::Processed);
    no_events();
    sends_nothing();
    tcp::abort(tcb(), env);
    nothing_left();
  }
}

TEST_F(Text, TakenInFinWait) {
  for (const State s : {State::FinWait1, State::FinWait2}) {
    SCOPED_TRACE(to_string(s));
    given(s);
    arrives(seg().seq(1).data(10));
    counted(Outcome::Delivered);
    events("Readable 10");
    tcp::abort(tcb(), env);
    nothing_left();
  }
}

// Proves SHLD-3.
TEST_F(Text, S44_ForAClosedApplicationIsAnsweredByReset) {
  given(State::Established);
  app_closes();
  sends("FA seq=1 ack=1");
  arrives(seg().seq(1).ack(2).data(1));
  counted(Outcome::AnsweredReset);
  EXPECT_EQ(count.resets_sent.get(), 0u);
  sends("RA seq=2 ack=1 win=0");
  EXPECT_EQ(count.resets_sent.get(), 1u);
  no_events();
  nothing_left();
}

}  // namespace
}  // namespace millrace::tcp::test
