// What a receiver reports by Accurate ECN (RFC 9768 3.2.2, 3.2.3): the counter in every segment, and the option.
#include "accecn_bed.h"

namespace millrace::tcp::test {
namespace {

using wire::Ecn;

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

}  // namespace
}  // namespace millrace::tcp::test
