// Accurate ECN in a handshake whose segments come twice (RFC 9768 3.1.4, 3.1.5), the same or others.
#include <utility>

#include "accecn_bed.h"

namespace millrace::tcp::test {
namespace {

using wire::Ecn;

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

}  // namespace
}  // namespace millrace::tcp::test
