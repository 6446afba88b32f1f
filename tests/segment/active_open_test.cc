// Active OPEN (RFC 9293 3.10.7.3): the SYN, its answer, what both sides agree on, and what goes with the last ACK.
#include "active_open_bed.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

// Proves MUST-14, MUST-23, MUST-67, SHLD-5.
TEST_F(ActiveOpen, S01_SynCarriesEveryOption) {
  connect();
  state(State::SynSent);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  EXPECT_EQ(tcb().snd_nxt, snd(1));
  EXPECT_EQ(count.active_opens.get(), 1u);
  deadline(&Tcb::rexmit_at, seconds{1});
  deadline(&Tcb::user_at, seconds{180});
}

// Proves MAY-3. Also where the peer would assume the same without it.
TEST_F(ActiveOpen, S01_SynCarriesTheDefaultMssToo) {
  env.mtu = 576;
  connect();
  sends("S seq=0 win=28887 mss=536 ws=7 sackOK ts=0,0");
}

// Proves MUST-14.
TEST_F(ActiveOpen, S01_SynAckCompletes) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1400).wscale(7).sack_ok().ts(77).wnd(1000));
  counted(Outcome::Processed);
  state(State::Established);
  events("Connected");
  sends("A seq=1 ack=1 win=614 ts=0,77");
  EXPECT_EQ(tcb().smss, 1400);
  EXPECT_EQ(tcb().snd_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 1000u) << "a window on a SYN is not scaled";
  EXPECT_EQ(tcb().max_snd_wnd, 1000u);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_TRUE(tcb().has(kSackPermitted));
  EXPECT_EQ(tcb().snd_una, snd(1));
  EXPECT_EQ(tcb().snd_wl1, rcv(0));
  EXPECT_EQ(window_of(tcb(), table), 13'880u);
  EXPECT_EQ(count.established.get(), 1u);
  no_deadline(&Tcb::rexmit_at);
  no_deadline(&Tcb::user_at);
}

// Proves MUST-15.
TEST_F(ActiveOpen, PeerWithoutOptions) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().wnd(500));
  sends("A seq=1 ack=1");
  EXPECT_EQ(tcb().smss, 536);
  EXPECT_EQ(tcb().snd_wscale, 0);
  EXPECT_EQ(tcb().rcv_wscale, 0);
  EXPECT_FALSE(tcb().has(kTimestamps));
  EXPECT_FALSE(tcb().has(kSackPermitted));
  EXPECT_FALSE(tcb().has(kWindowScaling));
  drain();
}

TEST_F(ActiveOpen, WindowScaleOfZeroIsStillAnOption) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().wscale(0));
  EXPECT_TRUE(tcb().has(kWindowScaling));
  EXPECT_EQ(tcb().rcv_wscale, 7);
  drain();
}

// Proves MUST-15, MUST-16, MUST-67.
TEST_F(ActiveOpen, MssIsBoundedBothWays) {
  EXPECT_EQ(send_mss(true, 0, 1500), 536);
  EXPECT_EQ(send_mss(false, 0, 1500), 1220);
  EXPECT_EQ(send_mss(true, 9000, 1500), 1460);
  EXPECT_EQ(send_mss(true, 1460, 1500), 1460);
  EXPECT_EQ(send_mss(false, 9000, 1500), 1440);
  EXPECT_EQ(send_mss(true, 1, 1500), 64);
  EXPECT_EQ(send_mss(true, 64, 1500), 64);
  EXPECT_EQ(send_mss(true, 65, 1500), 65);
  EXPECT_EQ(announced_mss(true, 1500), 1460);
  EXPECT_EQ(announced_mss(false, 1500), 1440);
}

TEST_F(ActiveOpen, RttOfTheHandshake) {
  connect();
  drain();
  const std::uint32_t sent = timestamp_clock(env.now) + tcb().ts_offset;
  elapse(milliseconds{30});
  arrives(seg().seq(0).ack(1).syn().ts(5, sent));
  EXPECT_EQ(tcb().rtt.srtt_us, 30'000u);
  EXPECT_EQ(tcb().rtt.rttvar_us, 15'000u);
  drain();
}

TEST_F(ActiveOpen, TextAndFinOnTheSynAck) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().data(5).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Connected", "Readable 5", "PeerClosed");
  sends("A seq=1 ack=7");
  app_reads(5);
}

TEST_F(ActiveOpen, FinAloneOnTheSynAck) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().fin());
  counted(Outcome::Processed);
  state(State::CloseWait);
  events("Connected", "PeerClosed");
  sends("A seq=1 ack=2");
}

// Proves BODY-4.
TEST_F(ActiveOpen, DataQueuedBeforeGoesWithTheAck) {
  connect();
  EXPECT_EQ(app_sends(10), 10u);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  arrives(seg().seq(0).ack(1).syn().mss(1460));
  sends("PA seq=1 ack=1 len=10");
  arrives(seg().ack(11));
  EXPECT_TRUE(tcb().snd_queue.empty());
}

TEST_F(ActiveOpen, ShutDownBeforeTheAnswer) {
  connect();
  app_sends(3);
  app_shuts_down();
  state(State::SynSent);
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1460));
  state(State::FinWait1);
  sends("FPA seq=1 ack=1 len=3");
}

TEST_F(ActiveOpen, NoPacketForTheSynMeansLater) {
  connect();
  empty_pool(control_pool());
  sends_nothing();
  EXPECT_EQ(count.output_no_packet.get(), 1u);
  give_back();
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
}

TEST_F(ActiveOpen, Ipv6) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  connect();
  EXPECT_EQ(tcb().smss, 1220);
  sends("S seq=0 mss=1440 ws=7 sackOK ts=0,0");
}

TEST_F(ActiveOpen, V4MappedNeedsAllOfThePrefix) {
  Tcb t;
  t.key = key;
  EXPECT_TRUE(t.is_v4());
  for (const int at : {0, 9, 10, 11}) {
    t.key = key;
    t.key.remote_address[static_cast<std::size_t>(at)] = 1;
    EXPECT_FALSE(t.is_v4()) << at;
  }
}

}  // namespace
}  // namespace millrace::tcp::test
