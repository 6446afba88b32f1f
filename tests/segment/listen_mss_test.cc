// The MSS between a listener and its peers (RFC 9293 3.7.1): what is announced, assumed and clamped.
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

// Proves MAY-3. Also where the peer would assume the same without it.
TEST_F(Listen, S01_SynAckCarriesTheDefaultMssToo) {
  given_listener();
  env.mtu = 576;
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 win=28887 mss=536");
}

TEST_F(Listen, Ipv6Mss) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  given_half_open();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1440");
}

TEST_F(Listen, S11_AbsentMssMeansTheDefaultOfTheFamily) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack());
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 536);
  EXPECT_EQ(tcb().rmss, 1460);
  drain();
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  arrives(seg().seq(0).syn().no_ack());
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 1220);
  EXPECT_EQ(tcb().rmss, 1440);
  drain();
}

TEST_F(Listen, S11_SegmentsAreThePeersMssLessOptions) {
  given_accepted({.mss = 1000, .ts = 5});
  EXPECT_EQ(app_sends(1976), 1976u);
  sends("A seq=1 ack=1 len=988 ts=0,5", "PA seq=989 ack=1 len=988 ts=0,5");
}

TEST_F(Listen, S11_TheClampHoldsForBothDirections) {
  given_listener({.mss_clamp = 1300});
  arrives(seg().seq(0).syn().no_ack().mss(1460));
  sends("SA seq=0 ack=1 mss=1300");
  arrives(seg().seq(1).ack(1));
  drain();
  EXPECT_EQ(tcb().rmss, 1300);
  EXPECT_EQ(app_sends(2600), 2600u);
  sends("A seq=1 ack=1 len=1300", "PA seq=1301 ack=1 len=1300");
}

TEST_F(Listen, S11_TheClampOnlyLowers) {
  given_listener({.mss_clamp = 1400});
  arrives(seg().seq(0).syn().no_ack().mss(1200));
  sends("SA seq=0 ack=1 mss=1400");
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 1200);
  drain();
  ++key.remote_port;
  listeners[0].options.mss_clamp = 9000;
  arrives(seg().seq(0).syn().no_ack());
  EXPECT_EQ(take_sent().at(0).header.options.mss, 1460);
  listeners[0].options.mss_clamp = 1;
  ++key.remote_port;
  arrives(seg().seq(0).syn().no_ack());
  EXPECT_EQ(take_sent().at(0).header.options.mss, 64);
}

}  // namespace
}  // namespace millrace::tcp::test
