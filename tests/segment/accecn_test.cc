// Accurate ECN (RFC 9768): the handshake's tables on the wire, what is sent again without it, counters and options of
// an established connection, and what a mangling path is answered by.
#include "tcp/accecn.h"

#include <map>
#include <string>
#include <utility>

#include "fixture.h"
#include "tcp/ecn.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using wire::Ecn;

class AccurateEcn : public SegmentTest {
 protected:
  void ask() {
    OpenOptions options;
    options.ecn = EcnPolicy::Accurate;
    connect(options);
  }
  /// ESTABLISHED from us, no other options; the first ACK and the first option have gone.
  void given_opened() {
    ask();
    drain();
    arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).accecn(1, 0, 1));
    drain();
    ASSERT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
    part().full_options_due = 0;
  }
  void asked(std::uint8_t flags, Ecn codepoint = Ecn::NotEct) {
    arrives(seg().seq(0).syn().no_ack().mss(1460).ace(flags).ecn(codepoint));
  }
  void given_answered() {
    given_listener();
    asked(0b111);
    drain();
    arrives(seg().seq(1).ack(1).ace(0b010).accecn(1, 0, 1));
    drain();
    ASSERT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
  }
  AccEcnPart& part() { return table.accecn(tcb()); }
  [[nodiscard]] bool sends_ect() { return (tcb().ecn & kEcnEct) != 0; }
};

// Table 2, first block, and table 3: the listener's side and ours.
TEST_F(AccurateEcn, SynAckReportsTheCodepointOfTheSyn) {
  given_listener();
  asked(0b111);
  sends("SA seq=0 ack=1 mss=1460 accecn0=1,0,1 ace=010");
  // 3.1.5: the latest SYN's; 3.2.3.2.2: without the option.
  asked(0b111, Ecn::Ect1);
  sends("SA seq=0 ack=1 mss=1460 ace=011");
  asked(0b111, Ecn::Ect0);
  sends("SA seq=0 ack=1 mss=1460 ace=100");
  asked(0b111, Ecn::Ce);
  sends("SA seq=0 ack=1 mss=1460 ace=110");
}

TEST_F(AccurateEcn, AckReportsTheCodepointOfTheSynAck) {
  struct Row {
    Ecn codepoint;
    const char* ack;
    std::uint32_t cep;
  };
  for (const Row& row : {Row{Ecn::NotEct, "A seq=1 ack=1 accecn0=1,0,1 ace=010", 5},
                         Row{Ecn::Ect1, "A seq=1 ack=1 accecn0=1,0,1 ace=011", 5},
                         Row{Ecn::Ect0, "A seq=1 ack=1 accecn0=1,0,1 ace=100", 5},
                         Row{Ecn::Ce, "A seq=1 ack=1 accecn0=1,0,1 ace=110", 6}}) {
    key.local_port = static_cast<std::uint16_t>(key.local_port + 1);
    ask();
    sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 ace=111");
    arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).accecn(1, 0, 1).ecn(row.codepoint));
    sends(row.ack);
    EXPECT_EQ(part().r.cep, row.cep);
    EXPECT_TRUE(sends_ect());
  }
  EXPECT_EQ(count.ecn_accurate.get(), 4u);
  drain();
}

// Table 2, the other blocks, for host A.
TEST_F(AccurateEcn, FallsBackToWhatTheServerCan) {
  struct Row {
    std::uint8_t flags;
    EcnMode mode;
  };
  for (const Row& row : {Row{0b001, EcnMode::Classic}, Row{0b000, EcnMode::None}, Row{0b111, EcnMode::None},
                         Row{0b101, EcnMode::Accurate}}) {
    key.local_port = static_cast<std::uint16_t>(key.local_port + 1);
    ask();
    drain();
    arrives(seg().seq(0).ack(1).syn().mss(1460).ace(row.flags));
    drain();
    EXPECT_EQ(ecn_mode(tcb()), row.mode) << int{row.flags};
    EXPECT_EQ(sends_ect(), row.mode != EcnMode::None);
    EXPECT_EQ(count.ecn_mangled.get(), 0u);
  }
}

// Table 2, third block, and 3.1.3 for host B.
TEST_F(AccurateEcn, ListenerAnswersEveryCombination) {
  given_listener();
  for (const auto& [flags, answer] : std::map<std::uint8_t, std::string>{{0b000, ""},
                                                                         {0b001, " accecn0=1,0,1 ace=010"},
                                                                         {0b010, " accecn0=1,0,1 ace=010"},
                                                                         {0b011, " ace=001"},
                                                                         {0b100, " accecn0=1,0,1 ace=010"},
                                                                         {0b101, " accecn0=1,0,1 ace=010"},
                                                                         {0b110, " accecn0=1,0,1 ace=010"},
                                                                         {0b111, " accecn0=1,0,1 ace=010"}}) {
    asked(flags);
    sends("SA seq=0 ack=1 mss=1460" + answer);
    arrives(seg().seq(1).ack(1).rst().no_ack());
    sends_nothing();
  }
}

// 3.1.4.1.
TEST_F(AccurateEcn, TheThirdSynAsksForNothing) {
  ask();
  drain();
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0 ace=111");
  elapse(milliseconds{2001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).accecn(1, 0, 1));
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate) << "an answer to the first";
  EXPECT_TRUE(sends_ect()) << "3.1.5: a client may";
  drain();
}

// 3.2.3.2.2.
TEST_F(AccurateEcn, SynAcksSentAgainSayLess) {
  given_listener();
  asked(0b111);
  drain();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1460 ace=010");
  elapse(milliseconds{2001});
  sends("SA seq=0 ack=1 mss=1460");
  arrives(seg().seq(1).ack(1).ace(0b010));
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate) << "3.1.5: it remains";
  EXPECT_FALSE(sends_ect()) << "3.1.5: the client may have heard the last one only";
  drain();
}

TEST_F(AccurateEcn, ASynWithoutEcnAfterOneWithIt) {
  given_listener();
  asked(0b111);
  drain();
  asked(0b000, Ecn::Ect0);
  sends("SA seq=0 ack=1 mss=1460 ace=100");  // 3.1.5: an AccECN SYN,ACK all the same
  arrives(seg().seq(1).ack(1).ace(0b010));
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
  EXPECT_FALSE(sends_ect());
  drain();
}

TEST_F(AccurateEcn, ASynWithEcnAfterOneWithoutIt) {
  given_listener();
  asked(0b000);
  drain();
  asked(0b111);
  sends("SA seq=0 ack=1 mss=1460");
}

// 3.1.5: "MUST reset the connection".
TEST_F(AccurateEcn, SynsThatContradictEachOther) {
  given_listener();
  for (const auto& [first, second] : {std::pair{0b111, 0b011}, std::pair{0b011, 0b111}}) {
    asked(static_cast<std::uint8_t>(first));
    drain();
    asked(static_cast<std::uint8_t>(second));
    counted(Outcome::AnsweredReset);
    EXPECT_EQ(take_sent().at(0).header.ctl.bits, Ctl::kRst | Ctl::kAck);
    EXPECT_EQ(table.half_opens.used(), 0u);
  }
}

TEST_F(AccurateEcn, AClassicListenerTakesBothForOne) {
  given_listener({.ecn = EcnPolicy::Classic});
  asked(0b111);
  sends("SA seq=0 ack=1 mss=1460 ace=001");
  asked(0b011);
  sends("SA seq=0 ack=1 mss=1460 ace=001");
}

// Table 4.
TEST_F(AccurateEcn, TheAckOfOurSynAck) {
  struct Row {
    std::uint8_t ace;
    std::uint32_t cep;
    bool ect, deaf;
  };
  given_listener();
  for (const Row& row : {Row{0b000, 5, false, true}, Row{0b001, 5, true, false}, Row{0b010, 5, true, false},
                         Row{0b011, 5, false, false}, Row{0b100, 5, false, false}, Row{0b101, 5, true, false},
                         Row{0b110, 6, false, false}, Row{0b111, 5, true, false}}) {
    key.remote_port = static_cast<std::uint16_t>(key.remote_port + 1);
    set_iss(initial_sequence_number(key, env.now, config.isn_secret));
    asked(0b111);
    drain();
    arrives(seg().seq(1).ack(1).ace(row.ace));
    drain();
    SCOPED_TRACE(int{row.ace});
    EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
    EXPECT_EQ(part().s.cep, row.cep);
    EXPECT_EQ(sends_ect(), row.ect) << "3.2.2.3: our SYN,ACK was Not-ECT";
    EXPECT_EQ((tcb().ecn & kEcnDeaf) != 0, row.deaf);
    abort(tcb(), env);
    drain();
  }
}

TEST_F(AccurateEcn, AMarkedSynAckSlowsTheServer) {
  given_listener();
  asked(0b111);
  drain();
  arrives(seg().seq(1).ack(1).ace(0b110));
  EXPECT_EQ(window_of(tcb(), table), 1460u);
  EXPECT_EQ(count.ecn_reductions.get(), 1u);
  drain();
}

TEST_F(AccurateEcn, AMarkedSynSlowsTheClient) {
  ask();
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b110));
  EXPECT_EQ(window_of(tcb(), table), 1460u);
  EXPECT_EQ(part().s.cep, 5u) << "3.2.2.2";
  EXPECT_FALSE(sends_ect()) << "it was Not-ECT";
  drain();
}

// 3.2.2.1: the codepoint of the SYN,ACK needs a bare ACK, also when there is data already.
TEST_F(AccurateEcn, ABareAckGoesBeforeTheFirstData) {
  ask();
  drain();
  app_sends(100);
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010));
  sends("A seq=1 ack=1 accecn0=1,0,1 ace=010", "PA seq=1 ack=1 len=100 accecn0=1,0,1 ace=101 ECT0");
  drain();
}

TEST_F(AccurateEcn, TheHandshakeEncodingForARepeatedSynAckToo) {
  given_opened();
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).ce());
  sends("A seq=1 ack=1 ace=110");
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).ce());
  sends("A seq=1 ack=1 ace=110");
  EXPECT_EQ(part().r.cep, 6u) << "counted once";
  arrives(seg().data(10));
  elapse(milliseconds{41});
  sends("A seq=1 ack=11 ace=110");
  drain();
}

TEST_F(AccurateEcn, SimultaneousOpen) {
  ask();
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ace(0b111).ecn(Ecn::Ect0));
  sends("SA seq=0 ack=1 mss=1460 accecn0=1,0,1 ace=100");
  arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).accecn(1, 0, 1));
  sends("A seq=1 ack=1 accecn0=1,0,1 ace=010");
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
  EXPECT_TRUE(sends_ect());
  drain();
}

// 5.1.
TEST_F(AccurateEcn, CookiesRememberIt) {
  ListenOptions options;
  options.syn_cookies = SynCookies::Always;
  given_listener_with(options);
  const auto handshake = [this](std::uint8_t syn, std::uint8_t ack) {
    key.remote_port = static_cast<std::uint16_t>(key.remote_port + 1);
    asked(syn);
    const std::vector<Sent> sent = take_sent();
    set_iss(sent.at(0).header.seq);
    arrives(seg().seq(1).ack(1).ace(ack));
    drain();
    return sent.at(0).header.ctl.ace();
  };
  EXPECT_EQ(handshake(0b111, 0b010), 0b010);
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
  EXPECT_EQ(handshake(0b111, 0b000), 0b010);
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::None);
  EXPECT_EQ(handshake(0b011, 0b000), 0b000) << "no room for classic ECN";
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::None);
  EXPECT_EQ(handshake(0b000, 0b001), 0b000);
  EXPECT_EQ(ecn_mode(tcb()), EcnMode::None);
}

// 3.2.2, 3.2.3.3: counters in every segment, the option where a byte counter has moved.
TEST_F(AccurateEcn, CountersOnTheWire) {
  given_answered();
  arrives(seg().data(10).ace(5).ecn(Ecn::Ect0));
  elapse(milliseconds{41});
  sends("A seq=1 ack=11 accecn0=11 ace=101");
  arrives(seg().data(10).ace(5).ce());
  sends("A seq=1 ack=21 accecn0=11,10 ace=110");  // 3.2.2.5.1: at once
  arrives(seg().data(10).ace(5).ce());
  sends_nothing();
  arrives(seg().data(10).ace(5).ce());
  sends("A seq=1 ack=41 accecn0=11,30");  // every second
  arrives(seg().data(10).ace(5));
  elapse(milliseconds{41});
  sends("A seq=1 ack=51");  // no byte counter has moved
  EXPECT_EQ(count.ce_received.get(), 3u);
  app_sends(100);
  sends("PA seq=1 ack=51 len=100 ECT0");
  drain();
}

TEST_F(AccurateEcn, EveryThirdMarkWhereNothingIsToBeAcknowledged) {
  given_answered();
  arrives(seg().ace(5).ce());
  arrives(seg().ace(5).ce());
  sends_nothing();
  arrives(seg().ace(5).ce());
  sends("A seq=1 ack=1");
  drain();
}

TEST_F(AccurateEcn, ABurstOfMarksDoesNotTurnAceUnseen) {
  given_answered();
  for (int i = 0; i < 9; ++i) arrives(seg().data(10).ace(5).ce());
  sends("A seq=1 ack=71 accecn0=1,70 ace=100", "A seq=1 ack=91 accecn0=1,90 ace=110");
  drain();
}

TEST_F(AccurateEcn, OptionBesideSackAndTimestamps) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1460).sack_ok().ts(5).ace(0b111));
  sends("SA seq=0 ack=1 mss=1460 sackOK ts=0,5 accecn0=1,0,1 ace=010");
  arrives(seg().seq(1).ack(1).ts(5).ace(0b010));
  drain();
  for (const std::uint32_t at : {101, 301, 501}) arrives(seg().seq(at).data(100).ace(5).ecn(Ecn::Ect0));
  drain();
  arrives(seg().seq(701).data(100).ace(5).ce());
  sends("A seq=1 ack=1 ts=0,5 accecn0=301,100 sack=701-801 sack=501-601 ace=110");
  arrives(seg().seq(901).data(100).ace(5).ecn(Ecn::Ect1));
  sends("A seq=1 ack=1 ts=0,5 sack=901-1001 sack=701-801 sack=501-601 ace=110");  // SACK comes first
  drain();
}

TEST_F(AccurateEcn, OptionOnTextThatLeavesRoom) {
  given_answered();
  arrives(seg().data(10).ace(5).ecn(Ecn::Ect0));
  app_sends(1460);
  sends("PA seq=1 ack=11 len=1460 ace=101 ECT0");
  arrives(seg().ack(1461).data(10).ace(5).ecn(Ecn::Ect0));
  app_sends(1452);
  sends("PA seq=1461 ack=21 len=1452 accecn0=21 ace=101 ECT0");
  elapse(seconds{2});
  sends("PA seq=1461 ack=21 len=1452 ace=101");  // sent again: neither ECT nor option
  drain();
}

// 3.2.3.2.2.
TEST_F(AccurateEcn, NoOptionsWhereTheirAcksAreLost) {
  given_answered();
  arrives(seg().data(10).ace(5).ce());
  sends("A seq=1 ack=11 accecn0=1,10 ace=110");
  arrives(seg().seq(1).data(10).ace(5));
  sends("A seq=1 ack=11 ace=110");
  arrives(seg().seq(1).data(10).ace(5));
  sends("A seq=1 ack=11 ace=110");
  arrives(seg().data(10).ace(5).ecn(Ecn::Ect0));
  elapse(milliseconds{41});
  sends("A seq=1 ack=21 accecn0=11,10 ace=110");  // once may be chance
  arrives(seg().seq(11).data(10).ace(5));
  drain();
  arrives(seg().data(10).ace(5).ecn(Ecn::Ect0));
  elapse(milliseconds{41});
  sends("A seq=1 ack=31 ace=110");
  drain();
}

// 3.2.2.2: feedback about our own text.
TEST_F(AccurateEcn, MarksReduceOncePerRoundTrip) {
  given_opened();
  app_sends(14'600);
  drain();
  arrives(seg().ack(1461).ace(5));
  EXPECT_EQ(count.ecn_reductions.get(), 0u);
  arrives(seg().ack(2921).ace(6).accecn(1461, 1460, 1));
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5840u);
  EXPECT_EQ(window_of(tcb(), table), 5840u);
  arrives(seg().ack(4381).ace(7).accecn(1461, 2920, 1));
  arrives(seg().ack(5841).ace(7).accecn(2921, 2920, 1));
  EXPECT_EQ(window_of(tcb(), table), 5840u);
  EXPECT_EQ(count.ecn_reductions.get(), 1u);
  EXPECT_EQ(count.ece_received.get(), 2u);
  arrives(seg().ack(14'601).ace(7).accecn(11'681, 2920, 1));
  app_sends(100);
  sends("PA seq=14601 ack=1 len=100 ace=101 ECT0");  // 3.1.5: no CWR
  arrives(seg().ack(14'701).ace(0).accecn(11'681, 3020, 1));
  EXPECT_EQ(count.ecn_reductions.get(), 2u);
  drain();
}

TEST_F(AccurateEcn, SupersededAcksAreIgnored) {
  given_opened();
  app_sends(4380);
  drain();
  arrives(seg().ack(2921).ace(6));
  EXPECT_EQ(part().s.cep, 6u);
  arrives(seg().ack(1461).ace(5));
  arrives(seg().ack(2921).ace(5));
  EXPECT_EQ(part().s.cep, 6u) << "older, or perhaps older";
  drain();
}

TEST_F(AccurateEcn, ANewerTimestampMakesFeedbackNew) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1460).ts(5).ace(0b111));
  drain();
  arrives(seg().seq(1).ack(1).ts(6).ace(0b010));
  app_sends(1448);
  drain();
  arrives(seg().ack(1).ts(6).ace(6));
  EXPECT_EQ(part().s.cep, 5u);
  arrives(seg().ack(1).ts(7).ace(6));
  EXPECT_EQ(part().s.cep, 6u);
  drain();
}

// 3.2.2.4.
TEST_F(AccurateEcn, AZeroedFirstAceEndsTheSendersPart) {
  given_opened();
  app_sends(1460);
  drain();
  arrives(seg().ack(1461).ace(0));
  EXPECT_FALSE(sends_ect());
  EXPECT_EQ(count.ecn_mangled.get(), 1u);
  EXPECT_EQ(count.ecn_reductions.get(), 0u) << "not three marks";
  app_sends(1460);
  sends("PA seq=1461 ack=1 len=1460 ace=101");
  arrives(seg().ack(2921).ace(4).data(10).ce());
  EXPECT_EQ(count.ecn_reductions.get(), 0u);
  sends("A seq=2921 ack=11 accecn0=1,10 ace=110");  // but it goes on to report
  drain();
}

TEST_F(AccurateEcn, AFirstZeroBesideMarkedBytesIsACounter) {
  given_opened();
  app_sends(14'600);
  drain();
  arrives(seg().ack(14'601).ace(0).accecn(10'221, 4380, 1));
  EXPECT_TRUE(sends_ect());
  EXPECT_EQ(part().s.cep, 8u);
  EXPECT_EQ(count.ecn_reductions.get(), 1u);
  drain();
}

TEST_F(AccurateEcn, AZeroedAceIsSeenWithoutDataOfOurs) {
  given_answered();
  arrives(seg().data(10).ace(0));
  EXPECT_FALSE(sends_ect());
  drain();
}

TEST_F(AccurateEcn, ALaterZeroIsACounter) {
  given_opened();
  app_sends(2920);
  drain();
  arrives(seg().ack(1461).ace(5));
  arrives(seg().ack(2921).ace(0));
  EXPECT_TRUE(sends_ect());
  EXPECT_EQ(part().s.cep, 8u);
  drain();
}

// 3.2.3.2.5.
TEST_F(AccurateEcn, ContradictionsEndEct) {
  given_opened();
  app_sends(1460);
  drain();
  arrives(seg().ack(1461).ace(5).accecn(1, 1460, 1));
  EXPECT_FALSE(sends_ect());
  EXPECT_EQ(count.ecn_mangled.get(), 1u);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
