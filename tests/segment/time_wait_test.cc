// TIME-WAIT (RFC 9293 3.6.1, 3.10.7.4; RFC 6191; RFC 1337).
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

class TimeWaits : public SegmentTest {
 protected:
  TimeWait& entry() { return table.time_waits[index_of(table.flows.find(key))]; }
};

// Proves MUST-13.
TEST_F(TimeWaits, S30_ReplacesTheTcbFor2Msl) {
  given(State::FinWait2);
  arrives(seg().fin());
  counted(Outcome::Processed);
  sends("A seq=2 ack=2 win=65534");
  events("PeerClosed", "Closed: closed by both sides");
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.time_waits.used(), 1u);
  EXPECT_EQ(table.flows.size(), 1u);
  EXPECT_EQ(count.time_waits.get(), 1u);
  quiet_for(seconds{60});
  EXPECT_EQ(table.time_waits.used(), 1u);
  elapse(milliseconds{1});
  sends_nothing();
  nothing_left();
}

// Proves SHLD-14. The field counts in units, and what is left of the last one stays promised too.
TEST_F(TimeWaits, TheLastAckTakesNoWindowBack) {
  given(State::FinWait2, {.wscale = 7});
  const SeqNum edge = tcb().rcv_adv;
  arrives(seg().fin());
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.ack, rcv(2));
  const SeqNum promised = sent[0].header.ack + (std::uint32_t{sent[0].header.window} << 7);
  EXPECT_GE(promised, edge);
  EXPECT_LT(promised, edge + 128);
}

TEST_F(TimeWaits, FromClosing) {
  given(State::Closing);
  arrives(seg());
  sends_nothing();
  events("Closed: closed by both sides");
  EXPECT_EQ(table.time_waits.used(), 1u);
  EXPECT_EQ(entry().snd_nxt, snd(2));
  EXPECT_EQ(entry().rcv_nxt, rcv(2));
}

TEST_F(TimeWaits, FromClosingInOneBurstOwesTheAck) {
  given(State::FinWait1);
  arrives(seg().ack(1).fin());
  state(State::Closing);
  arrives(seg().seq(2));
  sends("A seq=2 ack=2 win=65534");
  events("PeerClosed", "Closed: closed by both sides");
}

TEST_F(TimeWaits, S31_FinAgainIsAcknowledgedAndRestarts2Msl) {
  given(State::TimeWait, {.ts = 50});
  elapse(seconds{59});
  arrives(seg().seq(1).ack(2).fin());
  counted(Outcome::AnsweredTimeWait);
  sends("A seq=2 ack=2 win=65534 ts=0,50");
  elapse(seconds{59});
  EXPECT_EQ(table.time_waits.used(), 1u);
  elapse(seconds{1} + milliseconds{1});
  nothing_left();
}

TEST_F(TimeWaits, OldTextIsAnsweredWithoutRestart) {
  given(State::TimeWait);
  elapse(seconds{59});
  arrives(seg().seq(0).ack(2).data(1));
  counted(Outcome::AnsweredTimeWait);
  sends("A seq=2 ack=2 win=65534");
  arrives(seg().seq(2).ack(2).fin());  // not the FIN that we know
  sends("A seq=2 ack=2 win=65534");
  arrives(seg().seq(1).ack(2).data(1));
  sends("A seq=2 ack=2 win=65534");
  elapse(seconds{1} + milliseconds{1});
  nothing_left();
}

TEST_F(TimeWaits, AnEmptySegmentInPlaceIsDropped) {
  given(State::TimeWait);
  arrives(seg().seq(2).ack(2));
  counted(Outcome::DroppedTimeWait);
  sends_nothing();
  arrives(seg().seq(1).ack(2));
  counted(Outcome::AnsweredTimeWait);
  sends("A seq=2 ack=2 win=65534");
}

TEST_F(TimeWaits, S36_RstIsIgnored) {
  given(State::TimeWait);
  arrives(seg().seq(2).rst());
  counted(Outcome::DroppedTimeWait);
  arrives(seg().seq(2000).rst());
  counted(Outcome::DroppedTimeWait);
  arrives(seg().seq(5000).rst().syn().no_ack());
  counted(Outcome::DroppedTimeWait);
  sends_nothing();
  EXPECT_EQ(table.time_waits.used(), 1u);
}

// Proves MAY-2.
TEST_F(TimeWaits, S35_SynWithANewerNumberIsTaken) {
  given(State::TimeWait);
  Listener listener;
  listener.port = key.local_port;
  listener.options.half_open_limit = 1;
  (void)listeners.add(listener);
  arrives(seg().seq(2).syn().no_ack());
  counted(Outcome::AnsweredTimeWait);
  sends("A seq=2 ack=2 win=65534");
  arrives(seg().seq(3).syn());
  counted(Outcome::AnsweredTimeWait) /* with ACK it is no new connection */;
  sends("A seq=2 ack=2 win=65534");
  EXPECT_EQ(table.time_waits.used(), 1u);
  arrives(seg().seq(3).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(table.time_waits.used(), 0u);
  EXPECT_EQ(take_sent().size(), 1u);
  EXPECT_EQ(wheel.pending(), 1u);
}

// Proves SHLD-4.
TEST_F(TimeWaits, S35_SynIsJudgedByItsTimestamp) {
  given_listener();
  given(State::TimeWait, {.ts = 50});
  arrives(seg().seq(9000).syn().no_ack().ts(49));
  counted(Outcome::AnsweredTimeWait);
  arrives(seg().seq(1).syn().no_ack().ts(50));  // equal: by its number
  counted(Outcome::AnsweredTimeWait);
  drain();
  arrives(seg().seq(1).syn().no_ack().ts(51));
  counted(Outcome::AnsweredSyn);
  drain();
  EXPECT_EQ(table.time_waits.used(), 0u);
}

TEST_F(TimeWaits, S35_EqualTimestampAndNewerNumber) {
  given_listener();
  given(State::TimeWait, {.ts = 50});
  arrives(seg().seq(3).syn().no_ack().ts(50));
  counted(Outcome::AnsweredSyn);
  drain();
}

TEST_F(TimeWaits, S35_SynWithoutTimestampIsJudgedByItsNumber) {
  given_listener();
  given(State::TimeWait, {.ts = 50});
  arrives(seg().seq(3).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  drain();
}

/// RFC 9293 MAY-2 (1): the new ISN is larger than any number of the last incarnation.
// Proves MAY-2.
TEST_F(TimeWaits, S35_TheNewIsnIsBeyondTheLastIncarnation) {
  given_listener();
  given(State::TimeWait, {.ts = 50});
  const std::uint32_t index = index_of(table.flows.find(key));
  const SeqNum clock = initial_sequence_number(key, env.now, config.isn_secret);
  const SeqNum last = clock + 1'000'000;  // it sent faster than the clock of ISNs ticks
  table.time_waits[index].snd_nxt = last;
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::AnsweredSyn);
  const auto answer = take_sent();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].header.seq, last + 0x1'0000);
}

/// A SYN that is not accepted must not do what an RST may not.
TEST_F(TimeWaits, S35_ASynThatIsRefusedEndsNothing) {
  ListenOptions options;
  options.half_open_limit = 1;
  options.syn_cookies = SynCookies::Cache;
  given_listener_with(options);
  given(State::TimeWait, {.ts = 50});
  env.pressure = Pressure::Syns;
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::DroppedPressure);
  EXPECT_EQ(table.time_waits.used(), 1u);
  env.pressure = Pressure::None;
  listeners[0].half_open = 1;
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::DroppedTableFull);
  EXPECT_EQ(table.time_waits.used(), 1u);
  sends_nothing();
  listeners[0].half_open = 0;
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(table.time_waits.used(), 0u);
  drain();
}

TEST_F(TimeWaits, S35_ASynThatGetsACookieTakesThePlace) {
  ListenOptions options;
  options.syn_cookies = SynCookies::Always;
  given_listener_with(options);
  given(State::TimeWait, {.ts = 50});
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(table.time_waits.used(), 0u);
  drain();
  nothing_left();
}

TEST_F(TimeWaits, S35_SynWhereNobodyListensEndsNothing) {
  given(State::TimeWait, {.ts = 50});
  arrives(seg().seq(3).syn().no_ack().ts(51));
  counted(Outcome::AnsweredTimeWait);
  sends("A seq=2 ack=2 win=65534 ts=0,50");
  EXPECT_EQ(table.time_waits.used(), 1u);
}

TEST_F(TimeWaits, SynWithFinDoesNotRestart2Msl) {
  given(State::TimeWait);
  elapse(seconds{30});
  arrives(seg().seq(0).syn().fin().no_ack());
  counted(Outcome::AnsweredTimeWait);
  drain();
  elapse(seconds{30} + milliseconds{1});
  nothing_left();
}

TEST_F(TimeWaits, S35_TimestampMeansNothingWithoutAgreement) {
  given_listener();
  given(State::TimeWait);
  arrives(seg().seq(1).syn().no_ack().ts(51));
  counted(Outcome::AnsweredTimeWait);
  drain();
}

TEST_F(TimeWaits, S37_TheOldestMakesRoom) {
  std::vector<flow::FlowKey> keys;
  for (std::uint32_t i = 0; i < limits.time_waits + 1; ++i) {
    ++key.local_port;
    keys.push_back(key);
    given(State::TimeWait);
    elapse(seconds{1});
    if (i == 2) {  // the second becomes the newest
      key = keys[1];
      arrives(seg().seq(1).ack(2).fin());
      drain();
      key = keys[2];
    }
    EXPECT_EQ(count.time_waits_evicted.get(), i < limits.time_waits ? 0u : 1u);
  }
  EXPECT_EQ(table.flows.find(keys[0]), flow::kNoFlow);
  ++key.local_port;
  given(State::TimeWait);
  EXPECT_EQ(count.time_waits_evicted.get(), 2u);
  EXPECT_EQ(table.flows.find(keys[2]), flow::kNoFlow);
  EXPECT_NE(table.flows.find(keys[1]), flow::kNoFlow);
  EXPECT_EQ(table.time_waits.used(), limits.time_waits);
  EXPECT_EQ(count.time_waits.get(), 6u);
  elapse(seconds{61});
  nothing_left();
}

TEST_F(TimeWaits, S30_EachEndsAfterItsOwn2Msl) {
  std::vector<flow::FlowKey> keys;
  for (std::uint32_t i = 0; i < 3; ++i) {
    ++key.local_port;
    keys.push_back(key);
    given(State::TimeWait);
    elapse(seconds{10});
  }
  EXPECT_EQ(wheel.pending(), 1u) << "one timer for all";
  end_time_wait(index_of(table.flows.find(keys[0])), env);  // the one that the timer was armed for
  elapse(milliseconds{39'900});                             // 59.9 s of the second
  EXPECT_EQ(table.time_waits.used(), 2u);
  elapse(milliseconds{200});
  EXPECT_EQ(table.flows.find(keys[1]), flow::kNoFlow);
  EXPECT_NE(table.flows.find(keys[2]), flow::kNoFlow);
  elapse(milliseconds{9'800});
  EXPECT_EQ(table.time_waits.used(), 1u);
  elapse(milliseconds{200});
  EXPECT_EQ(wheel.pending(), 0u);
  nothing_left();
}

class ManyTimeWaits : public SegmentTest {
 protected:
  static constexpr std::uint32_t kMany = 600;
  ManyTimeWaits() : SegmentTest({8, kMany, 8}) {}
};

TEST_F(ManyTimeWaits, S30_ThoseThatEndTogetherEndInSeveralTurns) {
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ++key.local_port;
    given(State::TimeWait);
  }
  ASSERT_EQ(table.time_waits.used(), kMany);
  env.now += seconds{61};
  on_time_wait_timer(env);
  EXPECT_EQ(table.time_waits.used(), kMany - 256) << "a turn's work is bounded";
  on_time_wait_timer(env);
  EXPECT_EQ(table.time_waits.used(), kMany - 2 * 256);
  EXPECT_EQ(wheel.pending(), 1u);
  elapse(2 * kTick);  // the timer is armed again for the others, at once
  EXPECT_EQ(wheel.pending(), 0u);
  nothing_left();
}

TEST_F(TimeWaits, AnMslBeyondTheWheelIsCutTo9Hours) {
  config.msl = hours{100};
  given(State::TimeWait);
  elapse(hours{9} - seconds{1});
  EXPECT_EQ(table.time_waits.used(), 1u);
  elapse(seconds{2});
  nothing_left();
}

TEST_F(TimeWaits, S33_Msl0KeepsNothing) {
  config.msl = Duration{0};
  given(State::FinWait2);
  arrives(seg().fin());
  sends("A seq=2 ack=2 win=65534");
  events("PeerClosed", "Closed: closed by both sides");
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(count.time_waits.get(), 0u);
  nothing_left();
}

TEST_F(TimeWaits, WindowIsTheScaledField) {
  given(State::FinWait2, {.wscale = 0}, {.receive_buffer = 256 << 10});
  env.pressure = Pressure::Windows;
  tcb().rcv_adv = tcb().rcv_nxt + 801;
  arrives(seg().fin());
  sends("A seq=2 ack=2 win=100");
  elapse(seconds{1});
  arrives(seg().seq(1).ack(2).fin());
  sends("A seq=2 ack=2 win=100");
}

TEST_F(TimeWaits, WindowOf65536DoesNotWrap) {
  given(State::FinWait2);
  tcb().rcv_adv = tcb().rcv_nxt + 65537;
  arrives(seg().fin());
  sends("A seq=2 ack=2");
}

TEST_F(TimeWaits, AgesInAnyOrder) {
  base::Slab<TimeWait> entries{3};
  TimeWaitAges order{entries};
  EXPECT_EQ(order.oldest(), base::kNoIndex);
  for (std::uint32_t i = 0; i < 3; ++i) order.push_newest(entries.take());
  order.remove(1);  // the middle
  EXPECT_EQ(order.oldest(), 0u);
  order.remove(2);  // the newest
  order.push_newest(1);
  order.remove(0);  // the oldest
  EXPECT_EQ(order.oldest(), 1u);
  order.push_newest(0);
  order.remove(1);
  EXPECT_EQ(order.oldest(), 0u);
  order.remove(0);
  EXPECT_EQ(order.oldest(), base::kNoIndex);
  order.push_newest(2);
  EXPECT_EQ(order.oldest(), 2u);
}

TEST_F(TimeWaits, AgesLinkBothWays) {
  base::Slab<TimeWait> entries{3};
  TimeWaitAges order{entries};
  for (std::uint32_t i = 0; i < 3; ++i) order.push_newest(entries.take());
  EXPECT_EQ(entries[0].older, base::kNoIndex);
  EXPECT_EQ(entries[0].newer, 1u);
  EXPECT_EQ(entries[1].older, 0u);
  EXPECT_EQ(entries[1].newer, 2u);
  EXPECT_EQ(entries[2].older, 1u);
  EXPECT_EQ(entries[2].newer, base::kNoIndex);
  order.remove(1);
  EXPECT_EQ(entries[0].newer, 2u);
  EXPECT_EQ(entries[2].older, 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
