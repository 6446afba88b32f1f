// TCP Fast Open, active: each rule of RFC 7413 4.1.3 and 4.2.1.
#include "fixture.h"
#include "tcp/isn.h"
#include "tcp/path_mtu.h"

namespace millrace::tcp::test {
namespace {

class FastOpenClient : public SegmentTest {
 protected:
  void opens() {
    OpenOptions options;
    options.fast_open = true;
    connect(options);
  }
  /// The server has given a cookie of 8 bytes and said what it takes.
  void knows_cookie(std::uint16_t mss = 1460) { paths.fast_open().learn(key, kCookie, mss, env.now); }
  [[nodiscard]] bool refused() { return paths.fast_open().find(key, env.now).refused; }
  [[nodiscard]] static Seg syn_ack(std::uint32_t ack) { return seg().seq(0).ack(ack).syn().mss(1460); }

  static constexpr wire::FastOpenCookie kCookie{8, {1, 2, 3, 4, 5, 6, 7, 8}};
};

TEST_F(FastOpenClient, OffUnlessAskedFor) {
  knows_cookie();
  connect();
  app_sends(100);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
}

// RFC 7413 4.1.3: without a cookie the SYN asks for one, and carries no text.
TEST_F(FastOpenClient, AsksForACookieAndKeepsIt) {
  opens();
  app_sends(100);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 cookie=0");
  arrives(syn_ack(1).mss(1400).cookie(kCookie));
  events("Connected");
  sends("PA seq=1 ack=1 len=100");
  const auto known = paths.fast_open().find(key, env.now);
  EXPECT_EQ(known.cookie, kCookie);
  EXPECT_EQ(known.mss, 1400);
  EXPECT_FALSE(known.refused);
  EXPECT_EQ(count.fast_open_requests.get(), 1u);
  EXPECT_EQ(count.fast_open_active.get(), 0u);
  EXPECT_EQ(count.fast_open_fallbacks.get(), 0u);
}

TEST_F(FastOpenClient, TextGoesWithTheSyn) {
  knows_cookie();
  opens();
  app_sends(100);
  sends("S seq=0 len=100 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  EXPECT_EQ(count.fast_open_active.get(), 1u);
  arrives(syn_ack(101));
  counted(Outcome::Processed);
  events("Connected");
  sends("A seq=101 ack=1");
  EXPECT_EQ(tcb().snd_una, snd(101));
  EXPECT_TRUE(tcb().snd_queue.empty());
  EXPECT_EQ(tcb().bytes_out, 100u);
  EXPECT_EQ(count.fast_open_active_accepted.get(), 1u);
  EXPECT_FALSE(refused());
  no_deadline(&Tcb::rexmit_at);
  app_sends(10);
  sends("PA seq=101 ack=1 len=10");
  arrives(seg().ack(111));
  EXPECT_TRUE(tcb().snd_queue.empty());
}

TEST_F(FastOpenClient, TheAnswerMayComeWithTheSynAck) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(syn_ack(101).data(50));
  events("Connected", "Readable 50");
  sends("A seq=101 ack=51");
}

TEST_F(FastOpenClient, WithNothingToSayTheCookieGoesAlone) {
  knows_cookie();
  opens();
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(1));
  events("Connected");
  drain();
  EXPECT_FALSE(refused());
  EXPECT_EQ(count.fast_open_fallbacks.get(), 0u);
}

// RFC 7413 4.2.1: at most one segment of the MSS that was announced with the cookie, less the options.
TEST_F(FastOpenClient, OneSegmentOfWhatTheServerTakes) {
  knows_cookie(1000);
  opens();
  app_sends(2000);
  sends("S seq=0 len=968 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(969));
  sends("PA seq=969 ack=1 len=1032");
}

TEST_F(FastOpenClient, OneSegmentOfWhatThePathCarries) {
  knows_cookie();
  paths.set_mtu(key.remote_address, 800, env.now);
  opens();
  app_sends(2000);
  sends("S seq=0 len=728 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(729));
  drain();
}

TEST_F(FastOpenClient, AnUnknownMssIsTheDefault) {
  knows_cookie(0);
  opens();
  app_sends(2000);
  sends("S seq=0 len=504 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  drain();
}

TEST_F(FastOpenClient, TheLongestCookieFits) {
  wire::FastOpenCookie longest{16, {}};
  longest.bytes.fill(7);
  paths.fast_open().learn(key, longest, 1460, env.now);
  opens();
  app_sends(2000);
  sends("S seq=0 len=1420 mss=1460 ws=7 sackOK ts=0,0 cookie=16");
  drain();
}

// RFC 7413 4.2.1: what the SYN,ACK does not acknowledge is sent again at once.
TEST_F(FastOpenClient, TextNotTakenGoesAgainAtOnce) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(syn_ack(1));
  events("Connected");
  sends("PA seq=1 ack=1 len=100");
  EXPECT_EQ(count.fast_open_fallbacks.get(), 1u);
  EXPECT_EQ(count.retransmits.get(), 0u);
  // 4.1.3.1: a negative response.
  EXPECT_TRUE(refused());
  arrives(seg().ack(101));
  EXPECT_TRUE(tcb().snd_queue.empty());
  EXPECT_EQ(tcb().bytes_out, 100u);
}

TEST_F(FastOpenClient, TextTakenInPart) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(syn_ack(41));
  sends("PA seq=41 ack=1 len=60");
  EXPECT_EQ(tcb().bytes_out, 40u);
  EXPECT_FALSE(refused());
  arrives(seg().ack(101));
  EXPECT_TRUE(tcb().snd_queue.empty());
}

TEST_F(FastOpenClient, AFreshCookieInsteadIsNoRefusal) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  wire::FastOpenCookie fresh = kCookie;
  fresh.bytes[0] = 99;
  arrives(syn_ack(1).cookie(fresh));
  sends("PA seq=1 ack=1 len=100");
  EXPECT_EQ(paths.fast_open().find(key, env.now).cookie, fresh);
  EXPECT_FALSE(refused());
}

// RFC 7413 4.1.3.1: no cookie in answer to a request is a negative response.
TEST_F(FastOpenClient, AServerWithoutFastOpenIsNotAskedAgainForAWhile) {
  opens();
  drain();
  arrives(syn_ack(1));
  drain();
  EXPECT_TRUE(refused());
  EXPECT_EQ(count.fast_open_fallbacks.get(), 0u);
  ++key.local_port;
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  opens();
  app_sends(100);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  elapse(FastOpenCache::kFirstRest);
  drain();
  EXPECT_FALSE(refused());
}

// RFC 7413 4.2.1, 4.1.3.1: a SYN that is sent again carries neither cookie nor text, and the loss is remembered.
TEST_F(FastOpenClient, ALostSynGoesAgainWithoutAnything) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  EXPECT_TRUE(refused());
  EXPECT_EQ(count.fast_open_fallbacks.get(), 1u);
  arrives(syn_ack(1));
  events("Connected");
  sends("PA seq=1 ack=1 len=100");
  EXPECT_EQ(count.fast_open_fallbacks.get(), 1u);
  arrives(seg().ack(101));
  EXPECT_TRUE(tcb().snd_queue.empty());
}

TEST_F(FastOpenClient, ALostRequestToo) {
  opens();
  drain();
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  EXPECT_TRUE(refused());
}

// The SYN,ACK was lost, not the SYN: the text has arrived once, and must not go again.
TEST_F(FastOpenClient, ALateSynAckMayAcknowledgeTheTextOfTheFirstSyn) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  elapse(milliseconds{1001});
  drain();
  arrives(syn_ack(101));
  events("Connected");
  sends("A seq=101 ack=1");
  EXPECT_TRUE(tcb().snd_queue.empty());
  EXPECT_FALSE(refused());
}

TEST_F(FastOpenClient, AnAckBeyondTheTextIsBad) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(syn_ack(102));
  counted(Outcome::DroppedBadHandshake);
  state(State::SynSent);
  sends("R seq=102 win=0");
}

TEST_F(FastOpenClient, AResetMayCoverTheText) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(seg().seq(0).ack(101).rst());
  events("Closed: refused by peer");
  EXPECT_TRUE(refused());
  nothing_left();
}

TEST_F(FastOpenClient, AbortedByTheUserIsNoRefusal) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  abort(tcb(), env);
  EXPECT_FALSE(refused());
  nothing_left();
}

TEST_F(FastOpenClient, AFinFollowsTheHandshake) {
  knows_cookie();
  opens();
  app_sends(100);
  app_shuts_down();
  sends("S seq=0 len=100 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(101));
  state(State::FinWait1);
  sends("FA seq=101 ack=1");
}

TEST_F(FastOpenClient, BehindACorkTextWaits) {
  knows_cookie();
  opens();
  set_cork(tcb(), true, env);
  app_sends(100);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(1));
  drain();
  EXPECT_FALSE(refused());
}

TEST_F(FastOpenClient, TextFromSeveralBuffers) {
  knows_cookie();
  opens();
  for (int i = 0; i < 4; ++i) app_sends(300);
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].text, text_from(1, 1200));
  arrives(syn_ack(1201));
  sends("A seq=1201 ack=1");
}

TEST_F(FastOpenClient, TheSynMayWaitForText) {
  knows_cookie();
  OpenOptions options;
  options.fast_open = options.fast_open_waits = true;
  connect(options);
  sends_nothing();
  quiet_for(seconds{100});
  no_events();
  app_sends(100);
  sends("S seq=0 len=100 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
  arrives(syn_ack(101));
  state(State::Established);
  drain();
}

TEST_F(FastOpenClient, TheSynDoesNotWaitLongerThanConnecting) {
  knows_cookie();
  OpenOptions options;
  options.fast_open = options.fast_open_waits = true;
  connect(options);
  elapse(config.connect_timeout + milliseconds{1});
  sends_nothing();
  events("Closed: connect timed out");
  EXPECT_FALSE(refused());
  nothing_left();
}

TEST_F(FastOpenClient, TheSynWaitsForTheEndToo) {
  knows_cookie();
  OpenOptions options;
  options.fast_open = options.fast_open_waits = true;
  connect(options);
  app_shuts_down();
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
}

TEST_F(FastOpenClient, WithoutACookieNothingWaits) {
  OpenOptions options;
  options.fast_open = options.fast_open_waits = true;
  connect(options);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 cookie=0");
}

TEST_F(FastOpenClient, WithoutAPacketTheSynWaits) {
  knows_cookie();
  opens();
  app_sends(300);
  empty_pool(control_pool());
  sends_nothing();
  give_back();
  sends("S seq=0 len=300 mss=1460 ws=7 sackOK ts=0,0 cookie=8");
}

// RFC 9293 3.5, figure 7: both SYNs may carry text; neither takes the other's, and it goes again.
TEST_F(FastOpenClient, SimultaneousOpen) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1460).cookie(kCookie).data(30));
  state(State::SynReceived);
  no_events();
  sends("SA seq=0 ack=1 mss=1460");
  arrives(syn_ack(1));
  state(State::Established);
  events("Connected");
  sends("PA seq=1 ack=1 len=100");
  arrives(seg().seq(1).ack(101).data(30));
  events("Readable 30");
  EXPECT_TRUE(tcb().snd_queue.empty());
  drain();
}

TEST_F(FastOpenClient, SimultaneousOpenWhereThePeerTookTheText) {
  knows_cookie();
  opens();
  app_sends(100);
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1460));
  drain();
  arrives(seg().seq(1).ack(101));
  state(State::Established);
  EXPECT_TRUE(tcb().snd_queue.empty());
  EXPECT_EQ(tcb().bytes_out, 100u);
  drain();
}

TEST_F(FastOpenClient, ARouterThatFindsTheSynTooBigTeachesThePath) {
  knows_cookie();
  opens();
  app_sends(2000);
  drain();
  EXPECT_TRUE(packet_too_big(tcb(), snd(0), 1000, env));
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  arrives(syn_ack(1));
  EXPECT_EQ(tcb().smss, 960);
  drain();
}

TEST_F(FastOpenClient, RoomIsToldOf) {
  knows_cookie();
  OpenOptions options;
  options.fast_open = true;
  options.send_buffer = 2048;
  connect(options);
  EXPECT_LT(app_sends(8000), 8000u);
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_GT(sent[0].text.size(), 0u);
  arrives(seg().ack(1 + static_cast<std::uint32_t>(sent[0].text.size())).seq(0).syn().mss(1460));
  drain();
  arrives(seg());
  EXPECT_FALSE(tcb().has(kWantRoom));
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
