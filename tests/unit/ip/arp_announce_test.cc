// Announcing our addresses by ARP (RFC 5227 2.3): when, how often, and on which port.
#include "unit/ip/arp_fixture.h"

namespace millrace::ip::test {
namespace {

TEST_F(ArpTest, AnnouncesEveryAddressOnItsPort) {
  arp_.announce(at_ms(0));
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 3u);
  const char* const own[] = {"10.0.0.1", "10.0.1.1", "10.0.0.2"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sent[i].ethernet.destination, kBroadcast);
    EXPECT_EQ(sent[i].ethernet.vlan, i == 1 ? kVlan : 0);
    EXPECT_EQ(sent[i].arp.operation, ArpOperation::Request);
    EXPECT_EQ(sent[i].arp.sender_ip, ip(own[i]));
    EXPECT_EQ(sent[i].arp.target_ip, ip(own[i]));
    EXPECT_EQ(sent[i].arp.sender_mac, i == 1 ? kPort1Mac : kPort0Mac);
  }
}

TEST_F(ArpTest, AnnouncesOnceMoreAfterTwoSeconds) {
  arp_.announce(at_ms(0));
  const auto first = take_frames();
  EXPECT_EQ(arp_.next_deadline(), at_ms(2000));
  arp_.tick(at_ms(1999));
  expect_silence();
  arp_.tick(at_ms(2000));
  EXPECT_EQ(take_frames(), first);
  EXPECT_FALSE(arp_.next_deadline());
  arp_.tick(at_ms(10'000));
  expect_silence();
}

TEST_F(ArpTest, AnAnnouncementToComeDelaysNoOtherDeadline) {
  arp_.announce(at_ms(0));
  request("10.0.0.9", 0);
  take_frames();
  EXPECT_EQ(arp_.next_deadline(), at_ms(1000));
  arp_.tick(at_ms(1000));
  expect_request("10.0.0.9", kBroadcast);
  reply("10.0.0.9", 9, 1001);
  EXPECT_EQ(arp_.next_deadline(), at_ms(2000));
}

TEST_F(ArpTest, FramesNameTheirPort) {
  arp_.announce(at_ms(0));
  ASSERT_EQ(tx_.pending().size(), 3u);
  EXPECT_EQ(tx_.pending()[0]->meta().port, 0);
  EXPECT_EQ(tx_.pending()[1]->meta().port, 1);
}

}  // namespace
}  // namespace millrace::ip::test
