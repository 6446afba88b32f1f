// What others send by ARP: whom it teaches us, what we answer, and who claims our address.
#include "unit/ip/arp_fixture.h"

namespace millrace::ip::test {
namespace {

TEST_F(ArpTest, ARequestForUsIsAnsweredAndTeaches) {
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.2", 0);
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ethernet.destination, mac(9));
  EXPECT_EQ(sent[0].ethernet.source, kPort0Mac);
  EXPECT_EQ(sent[0].arp.operation, ArpOperation::Reply);
  EXPECT_EQ(sent[0].arp.sender_mac, kPort0Mac);
  EXPECT_EQ(sent[0].arp.sender_ip, ip("10.0.0.2"));
  EXPECT_EQ(sent[0].arp.target_mac, mac(9));
  EXPECT_EQ(sent[0].arp.target_ip, ip("10.0.0.9"));
  EXPECT_EQ(count_.arp_replies_sent.get(), 1u);
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
  expect_update("10.0.0.9", NeighborState::Stale, 9);
  EXPECT_FALSE(arp_.next_deadline());
  request("10.0.0.9", 10);
  expect_request("10.0.0.9", mac(9));
}

TEST_F(ArpTest, ARequestFromWhomWeAskForResolvesIt) {
  request("10.0.0.9", 0);
  arp_.clear_updates();
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.1", 100);
  expect_update("10.0.0.9", NeighborState::Stale, 9);
  EXPECT_EQ(take_arp().size(), 2u);
  arp_.tick(at_ms(5000));
  expect_silence();
}

TEST_F(ArpTest, RequestsForOthersTeachNothing) {
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.8", 0);
  hear(ArpOperation::Reply, "10.0.0.9", 9, "10.0.0.1", 0);
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.9", 0);
  EXPECT_EQ(arp_.size(), 0u);
  expect_silence();
  expect_no_update();
  EXPECT_EQ(count_.arp_ignored.get(), 3u);
}

TEST_F(ArpTest, OnlyAddressesOfThatPortAreAnswered) {
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.1.1", 0);
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.1", 0, 1);
  expect_silence();
  EXPECT_EQ(arp_.size(), 0u);
  hear(ArpOperation::Request, "10.0.1.9", 9, "10.0.1.1", 0, 1);
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ethernet.vlan, kVlan);
  EXPECT_EQ(sent[0].arp.sender_mac, kPort1Mac);
  ASSERT_EQ(arp_.updates().size(), 1u);
  EXPECT_EQ(arp_.updates()[0].port, 1);
}

TEST_F(ArpTest, UnusableSendersTeachNothingAndGetNoAnswer) {
  hear(ArpOperation::Request, "10.0.0.255", 9, "10.0.0.1", 0);
  hear(ArpOperation::Request, "255.255.255.255", 9, "10.0.0.1", 0);
  hear(ArpOperation::Request, "224.0.0.1", 9, "10.0.0.1", 0);
  arp_.receive(0, {ArpOperation::Request, kBroadcast, ip("10.0.0.9"), {}, ip("10.0.0.1")}, at_ms(0));
  arp_.receive(0, {ArpOperation::Request, {}, ip("10.0.0.9"), {}, ip("10.0.0.1")}, at_ms(0));
  EXPECT_EQ(arp_.size(), 0u);
  expect_silence();
}

TEST_F(ArpTest, ASenderOfANetworkThatWeDoNotKnowIsAnsweredAndNotLearned) {
  hear(ArpOperation::Request, "192.0.2.1", 9, "10.0.0.1", 0);
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ethernet.destination, mac(9));
  EXPECT_EQ(sent[0].arp.operation, ArpOperation::Reply);
  EXPECT_EQ(sent[0].arp.sender_ip, ip("10.0.0.1"));
  EXPECT_EQ(sent[0].arp.target_mac, mac(9));
  EXPECT_EQ(sent[0].arp.target_ip, ip("192.0.2.1"));
  EXPECT_EQ(arp_.size(), 0u);
  expect_no_update();
  EXPECT_EQ(count_.arp_ignored.get(), 0u);
}

TEST_F(ArpTest, AnAddressProbeIsAnsweredAndNotLearned) {
  hear(ArpOperation::Request, "0.0.0.0", 9, "10.0.0.1", 0);
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ethernet.destination, mac(9));
  EXPECT_EQ(sent[0].arp.target_ip, ip("0.0.0.0"));
  EXPECT_EQ(arp_.size(), 0u);
  EXPECT_EQ(count_.arp_ignored.get(), 0u);
}

TEST_F(ArpTest, GratuitousArpUpdatesAnExistingEntryAsStale) {
  resolve(0);
  hear(ArpOperation::Request, "10.0.0.9", 8, "10.0.0.9", 1000);
  expect_update("10.0.0.9", NeighborState::Stale, 8);
  EXPECT_EQ(count_.neighbor_changes.get(), 1u);
  request("10.0.0.9", 1100);
  expect_request("10.0.0.9", mac(8));
  hear(ArpOperation::Reply, "10.0.0.9", 7, "10.0.0.9", 2000);
  expect_update("10.0.0.9", NeighborState::Stale, 7);
}

TEST_F(ArpTest, AtMostOneChangePerSecond) {
  resolve(0);
  hear(ArpOperation::Request, "10.0.0.9", 8, "10.0.0.9", 999);
  expect_no_update();
  EXPECT_EQ(count_.neighbor_changes_refused.get(), 1u);
  EXPECT_EQ(count_.neighbor_changes.get(), 0u);
  hear(ArpOperation::Request, "10.0.0.9", 8, "10.0.0.9", 1000);
  arp_.clear_updates();
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.9", 1999);
  expect_no_update();
  EXPECT_EQ(count_.neighbor_changes_refused.get(), 2u);
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.9", 2000);
  expect_update("10.0.0.9", NeighborState::Stale, 9);
  EXPECT_EQ(count_.neighbor_changes.get(), 2u);
}

TEST_F(ArpTest, TheSameAgainIsNoNews) {
  resolve(0);
  reply("10.0.0.9", 9, 500);
  hear(ArpOperation::Request, "10.0.0.9", 9, "10.0.0.9", 5000);
  expect_no_update();
  arp_.tick(at_ms(5000));
  EXPECT_EQ(arp_.next_deadline(), at_ms(30000)) << "unsolicited packets do not confirm";
  EXPECT_EQ(count_.arp_ignored.get(), 2u);
}

TEST_F(ArpTest, AReplyThatIsNotToUsDoesNotConfirm) {
  request("10.0.0.9", 0);
  arp_.clear_updates();
  hear(ArpOperation::Reply, "10.0.0.9", 9, "10.0.0.8", 10);
  expect_update("10.0.0.9", NeighborState::Stale, 9);
}

TEST_F(ArpTest, AConflictIsCountedAndLoggedOncePerTenSeconds) {
  hear(ArpOperation::Request, "10.0.0.1", 9, "10.0.0.1", 0);
  hear(ArpOperation::Reply, "10.0.0.2", 9, "10.0.0.7", 100);
  EXPECT_EQ(count_.address_conflicts.get(), 2u);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find("02:00:00:00:00:09 claims our address 10.0.0.1 on port 0"), std::string::npos) << log_[0];
  EXPECT_EQ(arp_.size(), 0u);
  expect_silence();
  EXPECT_EQ(count_.arp_ignored.get(), 0u);
  hear(ArpOperation::Request, "10.0.0.1", 9, "10.0.0.1", 10000);
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(ArpTest, OurOwnPacketsComingBackAreNoConflict) {
  arp_.receive(0, {ArpOperation::Request, kPort0Mac, ip("10.0.0.1"), {}, ip("10.0.0.1")}, at_ms(0));
  EXPECT_EQ(count_.address_conflicts.get(), 0u);
  expect_silence();
  EXPECT_EQ(count_.arp_ignored.get(), 1u);
}

/// The kernel side of a TAP has it until it gets another.
TEST_F(ArpTest, ANeighborWithThePortsOwnMacIsAnsweredAndLearned) {
  arp_.receive(0, {ArpOperation::Request, kPort0Mac, ip("10.0.0.9"), {}, ip("10.0.0.1")}, at_ms(1));
  const auto sent = take_arp();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ethernet.destination, kPort0Mac);
  EXPECT_EQ(sent[0].arp.operation, ArpOperation::Reply);
  EXPECT_EQ(arp_.size(), 1u);
  EXPECT_EQ(count_.address_conflicts.get(), 0u);
}

}  // namespace
}  // namespace millrace::ip::test
