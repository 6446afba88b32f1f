// Accurate ECN in the handshake (RFC 9768 3.1): its tables on the wire, of either side, and cookies.
#include <map>
#include <string>

#include "accecn_bed.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using wire::Ecn;

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

}  // namespace
}  // namespace millrace::tcp::test
