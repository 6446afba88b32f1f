// Classic ECN (RFC 3168 6.1), and DCTCP's echo (RFC 8257 3.2): negotiation, both sides' flags, the sender's reaction.
#include "tcp/ecn.h"

#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

constexpr std::uint8_t kEce = 0b001, kCwr = 0b010, kEceCwr = 0b011;

class ClassicEcn : public SegmentTest {
 protected:
  static OpenOptions asking(EcnPolicy policy = EcnPolicy::Classic) {
    OpenOptions options;
    options.ecn = policy;
    return options;
  }
  /// ESTABLISHED from us, both ends with classic ECN, without options to keep lines short.
  void given_opened() {
    connect(asking());
    drain();
    arrives(seg().seq(0).ack(1).syn().mss(1460).ace(kEce));
    drain();
    ASSERT_EQ(ecn_mode(tcb()), EcnMode::Classic);
  }
  void given_answered(EcnPolicy policy = EcnPolicy::Passive) {
    given_listener({.ecn = policy});
    arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
    drain();
    arrives(seg().seq(1).ack(1));
    drain();
  }
};

// Proves SHLD-8.
TEST_F(ClassicEcn, SynAsksAndSynAckAgrees) {
  connect(asking());
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 ace=011");
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(kEce));
  sends("A seq=1 ack=1");
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Classic);
  EXPECT_EQ(count.ecn_classic.get(), 1u);
  app_sends(100);
  sends("PA seq=1 ack=1 len=100 ECT0");
  drain();
}

TEST_F(ClassicEcn, AnAnswerThatDoesNotAgree) {
  connect(asking());
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(kEceCwr));
  drain();
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::None) << "it only reflects what was sent";
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
  EXPECT_EQ(count.ecn_classic.get(), 0u);
}

// Proves SHLD-8.
TEST_F(ClassicEcn, ListenerAgreesToWhatIsAskedFor) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
  sends("SA seq=0 ack=1 mss=1460 ace=001");
  arrives(seg().seq(1).ack(1));
  drain();
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Classic);
  app_sends(10);
  sends("PA seq=1 ack=1 len=10 ECT0");
}

TEST_F(ClassicEcn, ListenerThatIsOff) {
  given_listener({.ecn = EcnPolicy::Off});
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(ClassicEcn, TheShardsPolicyUnlessThereIsAnOther) {
  config.ecn = EcnPolicy::Off;
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(ClassicEcn, TheShardAsks) {
  config.ecn = EcnPolicy::Classic;
  connect();
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 ace=011");
}

TEST_F(ClassicEcn, OnlyOneOfTheTwoFlagsAsksForNothing) {
  given_listener({.ecn = EcnPolicy::Classic});
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEce));
  sends("SA seq=0 ack=1 mss=1460");
}

// RFC 3168 6.1.1.1: a path that drops such SYNs must not cut us off.
TEST_F(ClassicEcn, TheThirdSynAsksForNothing) {
  connect(asking());
  drain();
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 ace=011");
  elapse(milliseconds{2001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  // The answer may be one to the first: marks are echoed, but nothing is sent as ECT (6.1.1).
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(kEce));
  drain();
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
  arrives(seg().data(10).ce());
  sends("A seq=11 ack=11 ace=001");
  drain();
}

TEST_F(ClassicEcn, ListenerHearsASynWithoutEcnToo) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1460));
  sends("SA seq=0 ack=1 mss=1460");
  arrives(seg().seq(1).ack(1));
  drain();
  app_sends(10);
  sends("PA seq=1 ack=1 len=10");
}

// RFC 3168 6.1.4 to 6.1.6.
TEST_F(ClassicEcn, OnlyNewTextIsEct) {
  given_opened();
  app_sends(100);
  sends("PA seq=1 ack=1 len=100 ECT0");
  elapse(seconds{2});
  sends("PA seq=1 ack=1 len=100");  // 6.1.5: sent again
  arrives(seg().ack(101));
  arrives(seg().data_in({1460, 1460}));
  sends("A seq=101 ack=2921");  // 6.1.4
  drain();
  app_reads(2920);
  drain();
  app_shuts_down();
  sends("FA seq=101 ack=2921");
}

TEST_F(ClassicEcn, ProbesAreNotEctAndCarryNoCwr) {
  given_opened();
  arrives(seg().wnd(0));
  app_sends(100);
  drain();
  tcb().ecn |= kEcnCwrDue;
  elapse(seconds{2});
  sends("A seq=1 ack=1 len=1");  // 6.1.6
  arrives(seg().ack(2).wnd(1000));
  sends("PA seq=2 ack=1 len=99 ace=010 ECT0");
}

// RFC 3168 6.1.3.
TEST_F(ClassicEcn, EceFromAMarkUntilCwr) {
  given_answered();
  arrives(seg().data(10).ce());
  sends("A seq=1 ack=11 ace=001");
  EXPECT_EQ(count.ce_received.get(), 1u);
  app_sends(5);
  sends("PA seq=1 ack=11 len=5 ace=001 ECT0");
  arrives(seg().data(10));
  elapse(milliseconds{41});
  sends("A seq=6 ack=21 ace=001");
  arrives(seg().data(10).ace(kCwr));
  sends("A seq=6 ack=31");
  drain();
}

TEST_F(ClassicEcn, AMarkOnThePacketWithCwrStartsAnew) {
  given_answered();
  arrives(seg().data(10).ce());
  drain();
  arrives(seg().data(10).ace(kCwr).ce());
  sends("A seq=1 ack=21 ace=001");
  drain();
}

TEST_F(ClassicEcn, MarksOutsideTheWindowAndOnBareAcksAreIgnored) {
  given_answered();
  arrives(seg().seq(200'000).data(10).ce());
  sends("A seq=1 ack=1");
  arrives(seg().ce());
  arrives(seg().data(10).ecn(wire::Ecn::Ect0));
  elapse(milliseconds{41});
  sends("A seq=1 ack=11");
  drain();
}

// RFC 3168 6.1.2.
TEST_F(ClassicEcn, SenderHalvesOncePerRoundTripAndSaysCwr) {
  given_opened();
  app_sends(14'600);
  drain();
  ASSERT_EQ(window_of(tcb(), table), 14'600u);
  arrives(seg().ack(1461).ace(kEce));
  EXPECT_EQ(window_of(tcb(), table), 6570u) << "half of what is in flight";
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 6570u);
  EXPECT_EQ(count.ecn_reductions.get(), 1u);
  sends_nothing();
  arrives(seg().ack(2921).ace(kEce));
  arrives(seg().ack(11'681).ace(kEce));
  EXPECT_EQ(window_of(tcb(), table), 6570u) << "these were sent before the window fell";
  EXPECT_EQ(count.ecn_reductions.get(), 1u);
  EXPECT_EQ(count.ece_received.get(), 3u);
  app_sends(2000);
  sends("A seq=14601 ack=1 len=1460 ace=010 ECT0");
  arrives(seg().ack(16'061));
  sends("PA seq=16061 ack=1 len=540 ECT0");
  arrives(seg().ack(16'601).ace(kEce));
  EXPECT_EQ(count.ecn_reductions.get(), 2u) << "a new round trip";
  drain();
}

TEST_F(ClassicEcn, CwrAfterATimeoutToo) {
  given_opened();
  app_sends(100);
  drain();
  elapse(seconds{2});
  sends("PA seq=1 ack=1 len=100");
  arrives(seg().ack(101));
  app_sends(50);
  sends("PA seq=101 ack=1 len=50 ace=010 ECT0");
  arrives(seg().ack(151));
  app_sends(50);
  sends("PA seq=151 ack=1 len=50 ECT0");
}

TEST_F(ClassicEcn, EceWithoutEcnMeansNothing) {
  given(State::Established);
  app_sends(5000);
  drain();
  const std::uint32_t cwnd = window_of(tcb(), table);
  arrives(seg().ack(1461).ace(kEce));
  EXPECT_GE(window_of(tcb(), table), cwnd);
  EXPECT_EQ(count.ece_received.get(), 0u);
  arrives(seg().data(10).ce());
  drain();
  EXPECT_EQ(count.ce_received.get(), 0u);
}

TEST_F(ClassicEcn, SimultaneousOpen) {
  connect(asking());
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(kEceCwr));
  sends("SA seq=0 ack=1 mss=1460 ace=001");
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(kEce));
  drain();
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Classic);
  app_sends(10);
  sends("PA seq=1 ack=1 len=10 ECT0");
}

// RFC 8257 3.2: ECE of an ACK is the mark of what it covers.
TEST_F(ClassicEcn, DctcpEchoesEachChange) {
  given_answered();
  tcb().ecn |= kEcnEachMark;
  arrives(seg().data(10).ecn(wire::Ecn::Ect0));
  arrives(seg().data(10).ce());
  sends("A seq=1 ack=11");  // at once, for what came before the mark
  elapse(milliseconds{41});
  sends("A seq=1 ack=21 ace=001");
  arrives(seg().data(10).ce());
  elapse(milliseconds{41});
  sends("A seq=1 ack=31 ace=001");
  arrives(seg().data(10).ce().ace(kCwr));
  arrives(seg().data(10).ecn(wire::Ecn::Ect0));
  sends("A seq=1 ack=41 ace=001");
  elapse(milliseconds{41});
  sends("A seq=1 ack=51");
  drain();
}

TEST_F(ClassicEcn, DctcpNeedsNoAckWhereNoneIsOwed) {
  given_answered();
  tcb().ecn |= kEcnEachMark;
  arrives(seg().data(10).ce());
  sends_nothing();
  elapse(milliseconds{41});
  sends("A seq=1 ack=11 ace=001");
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
