// RFC 9293 3.6 and 3.10.7.4, eighth: FIN in every state, closing from either side, and what an abort does.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

using Fin = SegmentTest;

TEST_F(Fin, S20_ActiveClose) {
  given(State::Established);
  app_shuts_down();
  state(State::FinWait1);
  sends("FA seq=1 ack=1");
  EXPECT_EQ(tcb().snd_nxt, snd(2));
  deadline(&Tcb::rexmit_at, seconds{1});
  EXPECT_EQ(count.established.get(), 0u);
  arrives(seg().ack(1));
  state(State::FinWait1);
  arrives(seg().ack(2));
  state(State::FinWait2);
  no_deadline(&Tcb::rexmit_at);
  no_deadline(idle_at);
  arrives(seg().fin());
  sends("A seq=2 ack=2 win=65534");
  events("PeerClosed", "Closed: closed by both sides");
  EXPECT_EQ(table.time_waits.used(), 1u);
}

// Proves MUST-12.
TEST_F(Fin, S20_PassiveClose) {
  given(State::Established);
  arrives(seg().fin());
  counted(Outcome::Processed);
  state(State::CloseWait);
  EXPECT_EQ(count.established.get(), 1u);
  events("PeerClosed");
  sends("A seq=1 ack=2");
  app_shuts_down();
  state(State::LastAck);
  sends("FA seq=1 ack=2");
  arrives(seg().ack(1));
  state(State::LastAck);
  arrives(seg().ack(2));
  events("Closed: closed by both sides");
  sends_nothing();
  nothing_left();
}

TEST_F(Fin, S21_FinAndAckTravelTogether) {
  given(State::Established);
  arrives(seg().fin());
  app_closes();
  sends("FA seq=1 ack=2");
  arrives(seg().ack(2));
  no_events();
  nothing_left();
}

TEST_F(Fin, WithTextInEstablished) {
  given(State::Established);
  arrives(seg().data(5).fin());
  counted(Outcome::Delivered);
  events("Readable 5", "PeerClosed");
  sends("A seq=1 ack=7");
  app_reads(5);
}

TEST_F(Fin, S23_SimultaneousClose) {
  given(State::FinWait1);
  arrives(seg().ack(1).fin());
  state(State::Closing);
  events("PeerClosed");
  sends("A seq=2 ack=2");
  arrives(seg().ack(1));
  state(State::Closing);
  arrives(seg().ack(2));
  events("Closed: closed by both sides");
  EXPECT_EQ(table.time_waits.used(), 1u);
}

TEST_F(Fin, FinThatAcknowledgesOurs) {
  given(State::FinWait1);
  arrives(seg().ack(2).fin());
  sends("A seq=2 ack=2 win=65534");
  events("PeerClosed", "Closed: closed by both sides");
  EXPECT_EQ(table.time_waits.used(), 1u);
}

TEST_F(Fin, FinWithTextInFinWait2) {
  given(State::FinWait2);
  arrives(seg().data(5).fin());
  counted(Outcome::Delivered);
  events("Readable 5", "PeerClosed");
  app_reads(5);
  events("Closed: closed by both sides");
  drain();
}

TEST_F(Fin, AgainInCloseWaitClosingAndLastAck) {
  for (const State s : {State::CloseWait, State::Closing, State::LastAck}) {
    SCOPED_TRACE(to_string(s));
    given(s);
    arrives(seg().seq(1).ack(1).fin());
    counted(Outcome::DroppedNotAcceptable);
    state(s);
    no_events();
    EXPECT_EQ(take_sent().size(), 1u);
    tcp::abort(tcb(), env);
    nothing_left();
  }
}

TEST_F(Fin, OutOfOrder) {
  given(State::Established, {.sack = true});
  arrives(seg().seq(11).fin());
  counted(Outcome::Queued);
  state(State::Established);
  sends("A seq=1 ack=1");
  arrives(seg().seq(1).data(10));
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Readable 10", "PeerClosed");
  sends("A seq=1 ack=12");
  EXPECT_EQ(reassemblies.used(), 0u);
  app_reads(10);
}

TEST_F(Fin, OutOfOrderWithText) {
  given(State::Established, {.sack = true});
  arrives(seg().seq(11).data(10).fin());
  drain();
  arrives(seg().seq(31).data(1));
  drain();
  arrives(seg().seq(1).data(5));
  state(State::Established);
  arrives(seg().seq(6).data(5));
  state(State::CloseWait);
  EXPECT_EQ(tcb().rcv_nxt, rcv(22));
  EXPECT_EQ(reassemblies.used(), 0u);
  events("Readable 20", "PeerClosed");
  app_reads(20);
  drain();
}

TEST_F(Fin, KeptWhileHolesBeforeItRemain) {
  given(State::Established);
  arrives(seg().seq(21).fin());
  arrives(seg().seq(1).data(10));
  EXPECT_EQ(reassemblies.used(), 1u);
  state(State::Established);
  arrives(seg().seq(11).data(10));
  state(State::CloseWait);
  app_reads(20);
  drain();
}

TEST_F(Fin, OnlyNewStateOfReassemblyWithoutRoomIsGivenBack) {
  given(State::Established, {}, {.receive_buffer = 1});
  tcb().rcv_adv = tcb().rcv_nxt + 1000;
  arrives(seg().data(10));  // unread
  arrives(seg().seq(21).data(10));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(reassemblies.used(), 0u);
  arrives(seg().seq(50).fin());
  counted(Outcome::Queued);
  EXPECT_EQ(reassemblies.used(), 1u);
  arrives(seg().seq(21).data(10));
  counted(Outcome::DroppedMemory);
  EXPECT_EQ(reassemblies.used(), 1u);
  app_reads(10);
  drain();
}

TEST_F(Fin, S22_HalfCloseStillSends) {
  given(State::CloseWait);
  app_sends(2000);
  sends("A seq=1 ack=2 len=1460");
  arrives(seg().ack(1461));
  sends("PA seq=1461 ack=2 len=540");
  app_shuts_down();
  sends("FA seq=2001 ack=2");
  state(State::LastAck);
}

TEST_F(Fin, S25_AfterAllData) {
  given(State::Established, {.window = 1500});
  app_sends(2000);
  app_shuts_down();
  state(State::FinWait1);
  sends("A seq=1 ack=1 len=1460");
  EXPECT_EQ(app_sends(5), 0u) << "the sending side is closed";
  arrives(seg().ack(1461).wnd(540));
  sends("PA seq=1461 ack=1 len=540");  // no number left for the FIN
  arrives(seg().ack(1461).wnd(541));
  sends("FA seq=2001 ack=1");
  arrives(seg().ack(2001));
  state(State::FinWait1);
  arrives(seg().ack(2002));
  state(State::FinWait2);
}

TEST_F(Fin, RidesOnTheLastText) {
  given(State::Established);
  app_sends(100);
  app_shuts_down();
  sends("FPA seq=1 ack=1 len=100");
  elapse(milliseconds{1001});
  sends("FPA seq=1 ack=1 len=100");
  arrives(seg().ack(101));
  state(State::FinWait1);
  elapse(milliseconds{3000});
  sends("FA seq=101 ack=1");
  arrives(seg().ack(102));
  state(State::FinWait2);
}

TEST_F(Fin, S24_IsRepeated) {
  given(State::FinWait1);
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("FA seq=1 ack=1");
  EXPECT_EQ(count.retransmits.get(), 1u);
  EXPECT_EQ(table.find_sender(tcb())->retransmits, 1u);
  deadline(&Tcb::rexmit_at, seconds{2});
}

TEST_F(Fin, ShutDownTwiceIsOne) {
  given(State::FinWait1);
  app_shuts_down();
  sends_nothing();
  state(State::FinWait1);
}

TEST_F(Fin, S26_OrphanInFinWait2) {
  given(State::Established);
  app_closes();
  drain();
  arrives(seg());
  state(State::FinWait2);
  deadline(idle_at, seconds{60});
  quiet_for(seconds{60});
  elapse(milliseconds{1});
  sends_nothing();
  no_events();
  nothing_left();
}

TEST_F(Fin, S26_CloseInFinWait2StartsTheLimit) {
  given(State::FinWait2);
  elapse(seconds{1000});
  state(State::FinWait2);
  app_closes();
  deadline(idle_at, seconds{60});
}

TEST_F(Fin, S26_OrphanIsNotHeldByKeepalive) {
  given(State::Established, {}, {.keepalive = {.on = true}});
  app_closes();
  drain();
  arrives(seg());
  deadline(idle_at, seconds{60});
  elapse(seconds{10});
  arrives(seg());
  deadline(idle_at, seconds{50});
}

// Proves SHLD-3.
TEST_F(Fin, S43_CloseWithUnreadTextResets) {
  given(State::Established);
  arrives(seg().data(5));
  drain();
  app_closes();
  sends("RA seq=1 ack=6 win=0");
  no_events();
  EXPECT_EQ(tcb().rule, CloseRule::ClosedUnread);
  nothing_left();
}

TEST_F(Fin, S43_TextOutOfOrderIsUnreadToo) {
  given(State::Established);
  arrives(seg().seq(5).data(5));
  drain();
  app_closes();
  sends("RA seq=1 ack=1 win=0");
  nothing_left();
}

TEST_F(Fin, S42_Abort) {
  given_sent(100);
  app_sends(50);
  tcp::abort(tcb(), env);
  EXPECT_EQ(data_pool().available(), data_pool().size());
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(wheel.pending(), 0u);
  sends("RA seq=101 ack=1 win=0");
  EXPECT_EQ(count.resets_sent.get(), 1u);
  no_events();
  nothing_left();
}

TEST_F(Fin, AbortOfAClosedOneJustReleases) {
  given(State::Established);
  arrives(seg().data(5));
  arrives(seg().rst());
  drain();
  tcp::abort(tcb(), env);
  sends_nothing();
  nothing_left();
}

TEST_F(Fin, CloseOfAClosedOneJustReleases) {
  given(State::Established);
  arrives(seg().data(5));
  arrives(seg().rst());
  drain();
  app_closes();
  sends_nothing();
  nothing_left();
}

TEST_F(Fin, AbortAfterDataWaitsForTheAck) {
  given_sent(100);
  arrives(seg().data(7).ack(1));
  abort_after_data(tcb(), env);
  EXPECT_TRUE(tcb().rcv_queue.empty());
  EXPECT_EQ(app_sends(5), 0u);
  no_events();
  sends_nothing();
  arrives(seg().ack(100));
  sends_nothing();
  arrives(seg().data(3).ack(100));  // no RST for it: the peer is to get our data first
  counted(Outcome::Delivered);
  arrives(seg().ack(101));
  sends("RA seq=101 ack=11 win=0");
  nothing_left();
}

TEST_F(Fin, AbortAfterDataWithoutDataIsAtOnce) {
  given(State::Established);
  abort_after_data(tcb(), env);
  sends("RA seq=1 ack=1 win=0");
  nothing_left();
}

TEST_F(Fin, AbortAfterDataInSynSent) {
  connect();
  app_sends(5);
  drain();
  abort_after_data(tcb(), env);
  sends_nothing();
  nothing_left();
}

TEST_F(Fin, AResetWaitsForAPacket) {
  given(State::Established);
  drain();
  empty_pool(control_pool());
  tcp::abort(tcb(), env);
  sends_nothing();
  EXPECT_EQ(table.tcbs.used(), 1u);
  EXPECT_EQ(count.resets_sent.get(), 0u);
  give_back();
  sends("RA seq=1 ack=1 win=0");
  nothing_left();
}

TEST_F(Fin, StaleHandlesFindNothing) {
  given(State::Established);
  const std::uint32_t index = table.tcbs.index_of(tcb());
  const std::uint32_t generation = table.generation(index);
  EXPECT_EQ(generation, 1u);
  EXPECT_EQ(table.find(index, generation), &tcb());
  EXPECT_EQ(table.find(index, generation + 1), nullptr);
  EXPECT_EQ(table.find(limits.connections, generation), nullptr);
  tcp::abort(tcb(), env);
  nothing_left();
  EXPECT_EQ(table.find(index, generation), nullptr);
  EXPECT_EQ(table.find(index, generation + 1), nullptr) << "nobody holds an even one";
}

}  // namespace
}  // namespace millrace::tcp::test
