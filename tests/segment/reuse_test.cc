// The opener's 4-tuple again (RFC 6191, RFC 1122 4.2.2.13), and the port that a connection holds until its TIME-WAIT
// ends.
#include "tcp/reuse.h"
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

class Reuse : public SegmentTest {
 protected:
  Reuse() { key.local_port = 40000; }

  /// Opened from a port of the ledger, closed from here first, now in TIME-WAIT.
  void given_time_wait(const Peer& peer = {.ts = 50}) {
    ASSERT_TRUE(table.ports.take(key, local));
    given(State::TimeWait, peer);
  }
  std::uint32_t entry() { return index_of(table.flows.find(key)); }
  std::uint32_t candidate() { return oldest_reusable(key, env); }
  std::uint64_t ports_taken() { return table.ports.count().taken.get(); }

  const wire::IpAddress local = wire::IpAddress::v4(0xc0000202);
};

TEST_F(Reuse, S34_AfterMoreThanASecondAndNotBefore) {
  given_time_wait();
  EXPECT_EQ(candidate(), base::kNoIndex);
  elapse(seconds{1});
  EXPECT_FALSE(may_reuse(entry(), env)) << "more than one second";
  EXPECT_EQ(candidate(), base::kNoIndex);
  elapse(milliseconds{1});
  EXPECT_TRUE(may_reuse(entry(), env));
  EXPECT_EQ(candidate(), entry());
}

TEST_F(Reuse, S34_WithoutTimestampsNever) {
  given_time_wait({});
  elapse(seconds{59});
  EXPECT_EQ(table.time_waits.used(), 1u);
  EXPECT_FALSE(may_reuse(entry(), env));
  EXPECT_EQ(candidate(), base::kNoIndex);
  elapse(seconds{2});
  EXPECT_EQ(ports_taken(), 0u);
  nothing_left();
}

TEST_F(Reuse, S34_TheNewConnectionBeginsBeyondTheOldOne) {
  given_time_wait();
  elapse(seconds{2});
  const TimeWait old = table.time_waits[entry()];
  const std::uint32_t old_clock = timestamp_clock(env.now - seconds{2});
  Tcb* again = open_again(entry(), local, {}, env);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->key, key);
  EXPECT_EQ(table.time_waits.used(), 0u);
  EXPECT_EQ(count.time_waits_reused.get(), 1u);
  EXPECT_EQ(ports_taken(), 1u);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kSyn);
  EXPECT_GT(sent[0].header.seq, old.snd_nxt);
  EXPECT_EQ(sent[0].header.options.ts_val - again->ts_offset, old_clock + 2000);
  elapse(minutes{5});
  drain();
  EXPECT_EQ(ports_taken(), 0u);
  nothing_left();
}

TEST_F(Reuse, S34_AFastConnectionsNumbersArePassedToo) {
  // In two seconds the ISN's clock makes 500,000 steps; this connection has sent a gigabyte.
  given_time_wait();
  elapse(seconds{2});
  TimeWait& old = table.time_waits[entry()];
  old.snd_nxt += 1'000'000'000;
  const SeqNum last = old.snd_nxt;
  Tcb* again = open_again(entry(), local, {}, env);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->iss, last + 0x1'0000);
  EXPECT_EQ(again->snd_nxt, again->iss + 1);
  drain();
}

TEST_F(Reuse, S34_AFinThatComesAgainBeginsTheSecondAnew) {
  given_time_wait();
  elapse(milliseconds{900});
  arrives(seg().seq(1).ack(2).fin());
  drain();
  elapse(milliseconds{999});
  EXPECT_EQ(candidate(), base::kNoIndex);
  elapse(milliseconds{2});
  EXPECT_EQ(candidate(), entry());
}

TEST_F(Reuse, S34_TheOldestGoesFirst) {
  std::vector<std::uint32_t> entries;
  for (int i = 0; i < 4; ++i) {
    key.local_port = static_cast<std::uint16_t>(40000 + i);
    given_time_wait();
    entries.push_back(entry());
    elapse(milliseconds{100});
  }
  elapse(seconds{2});
  EXPECT_EQ(candidate(), entries[0]);
  key.local_port = 40000;
  arrives(seg().seq(1).ack(2).fin());  // the oldest becomes the newest
  drain();
  EXPECT_EQ(candidate(), entries[1]);
  end_time_wait(entries[2], env);  // one in the middle
  end_time_wait(entries[1], env);
  EXPECT_EQ(candidate(), entries[3]);
  end_time_wait(entries[3], env);
  EXPECT_EQ(candidate(), base::kNoIndex) << "the one that is left is too young";
  elapse(seconds{2});
  EXPECT_EQ(candidate(), entries[0]);
  EXPECT_EQ(ports_taken(), 1u);
}

TEST_F(Reuse, S34_AnotherDestinationsEntriesDoNotCount) {
  given_time_wait();
  elapse(seconds{2});
  ++key.remote_port;
  EXPECT_EQ(candidate(), base::kNoIndex);
  ASSERT_TRUE(table.ports.take(key, local));
  EXPECT_EQ(candidate(), base::kNoIndex);
  table.ports.give_back(key);
}

TEST_F(Reuse, AFullTableOfConnectionsKeepsTheEntry) {
  given_time_wait();
  elapse(seconds{2});
  const std::uint32_t old = entry();
  for (std::uint32_t i = 0; i < limits.connections; ++i) {
    flow::FlowKey other = key;
    other.local_port = static_cast<std::uint16_t>(50000 + i);
    ASSERT_NE(open_active(other, {}, env), nullptr);
  }
  EXPECT_EQ(open_again(old, local, {}, env), nullptr);
  EXPECT_EQ(table.time_waits.used(), 1u);
  EXPECT_EQ(candidate(), old);
  EXPECT_EQ(ports_taken(), 1u);
  EXPECT_EQ(count.time_waits_reused.get(), 0u);
  drain();
}

TEST_F(Reuse, APortOutsideTheRangeIsNotOffered) {
  key.local_port = 20000;
  given(State::TimeWait, {.ts = 50});
  elapse(seconds{2});
  EXPECT_FALSE(may_reuse(entry(), env));
  elapse(minutes{1});
  nothing_left();
}

TEST_F(Reuse, S38_APortIsHeldUntilTimeWaitEnds) {
  given_time_wait();
  EXPECT_EQ(ports_taken(), 1u);
  elapse(seconds{61});
  EXPECT_EQ(ports_taken(), 0u);
  nothing_left();
}

TEST_F(Reuse, S38_APortIsFreeAtOnceWithoutTimeWait) {
  ASSERT_TRUE(table.ports.take(key, local));
  given(State::Established);
  arrives(seg().rst());
  drain();
  EXPECT_EQ(ports_taken(), 0u);
  nothing_left();
}

TEST_F(Reuse, S33_WithMsl0ThePortIsFreeAtOnce) {
  config.msl = Duration{0};
  given_time_wait();
  EXPECT_EQ(ports_taken(), 0u);
  nothing_left();
}

TEST_F(Reuse, S37_AnEvictedEntryGivesItsPortBack) {
  for (std::uint32_t i = 0; i <= limits.time_waits; ++i) {
    key.local_port = static_cast<std::uint16_t>(40000 + i);
    given_time_wait();
  }
  EXPECT_EQ(count.time_waits_evicted.get(), 1u);
  EXPECT_EQ(ports_taken(), limits.time_waits);
  key.local_port = 40000;
  EXPECT_TRUE(table.ports.take(key, local));
  table.ports.give_back(key);
}

TEST_F(Reuse, S35_ANewerSynEndsTheEntryAndItsPort) {
  given_listener();
  given_time_wait();
  arrives(seg().seq(1).syn().no_ack().ts(51));
  counted(Outcome::AnsweredSyn);
  drain();
  EXPECT_EQ(table.time_waits.used(), 0u);
  EXPECT_EQ(ports_taken(), 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
