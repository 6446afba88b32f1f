// What a sender makes of Accurate ECN's feedback (RFC 9768 3.2.2), and of a path that mangles it.
#include "accecn_bed.h"

namespace millrace::tcp::test {
namespace {

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
