#include "ip/arp.h"

#include "base/log.h"
#include "unit/ip/ip_fixture.h"

namespace millrace::ip::test {
namespace {

using wire::ArpOperation;
using wire::ArpPacket;

struct SentArp {
  wire::EthernetHeader ethernet;
  ArpPacket arp;
};

class ArpTest : public IpTest {
 protected:
  ArpTest() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { log_.emplace_back(text); });
  }
  ~ArpTest() override { base::set_log_sink({}); }

  std::vector<SentArp> take_arp() {
    std::vector<SentArp> sent;
    for (const auto& frame : take_frames()) {
      const auto ethernet = wire::parse_ethernet(frame).value();
      EXPECT_EQ(ethernet.type, wire::kEtherTypeArp);
      EXPECT_EQ(frame.size(), ethernet.header_length + wire::kArpSize);
      sent.push_back({ethernet, wire::parse_arp(std::span{frame}.subspan(ethernet.header_length)).value()});
    }
    return sent;
  }
  /// Exactly one request for `neighbor` went to `whom`.
  void expect_request(const char* neighbor, const wire::MacAddress& whom) {
    const auto sent = take_arp();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].ethernet.destination, whom);
    EXPECT_EQ(sent[0].ethernet.source, kPort0Mac);
    EXPECT_EQ(sent[0].arp.operation, ArpOperation::Request);
    EXPECT_EQ(sent[0].arp.sender_mac, kPort0Mac);
    EXPECT_EQ(sent[0].arp.sender_ip, ip("10.0.0.1"));
    EXPECT_EQ(sent[0].arp.target_mac, wire::MacAddress{});
    EXPECT_EQ(sent[0].arp.target_ip, ip(neighbor));
  }
  void expect_silence() { EXPECT_TRUE(take_frames().empty()); }
  /// Exactly one update, about `neighbor`.
  void expect_update(const char* neighbor, NeighborState state, std::uint8_t last = 0) {
    ASSERT_EQ(arp_.updates().size(), 1u);
    const auto& u = arp_.updates()[0];
    EXPECT_EQ(u.port, 0);
    EXPECT_EQ(u.ip, ip(neighbor));
    EXPECT_EQ(u.state, state);
    EXPECT_EQ(u.mac, last == 0 ? wire::MacAddress{} : mac(last));
    arp_.clear_updates();
  }
  void expect_no_update() { EXPECT_TRUE(arp_.updates().empty()); }
  void request(const char* neighbor, std::int64_t ms) { arp_.request({0, ip(neighbor)}, at_ms(ms)); }
  void hear(ArpOperation operation, const char* sender, std::uint8_t last, const char* target, std::int64_t ms,
            std::uint16_t port = 0) {
    arp_.receive(port, {operation, mac(last), ip(sender), {}, ip(target)}, at_ms(ms));
  }
  void reply(const char* sender, std::uint8_t last, std::int64_t ms) {
    hear(ArpOperation::Reply, sender, last, "10.0.0.1", ms);
  }
  /// 10.0.0.9 is Reachable at mac(9) since `ms`; nothing is pending.
  void resolve(std::int64_t ms) {
    request("10.0.0.9", ms);
    reply("10.0.0.9", 9, ms);
    take_frames();
    arp_.clear_updates();
  }

  std::vector<std::string> log_;
  ArpResolver arp_{config_, {}, {1, 2}, pool(), tx_, count_};
};

const auto kBroadcast = wire::MacAddress::broadcast();

TEST_F(ArpTest, AsksByBroadcastAndLearnsTheAnswer) {
  request("10.0.0.9", 0);
  expect_request("10.0.0.9", kBroadcast);
  expect_update("10.0.0.9", NeighborState::Incomplete);
  EXPECT_EQ(arp_.next_deadline(), at_ms(1000));
  request("10.0.0.9", 500);
  expect_silence();
  expect_no_update();
  reply("10.0.0.9", 9, 600);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  expect_silence();
  EXPECT_EQ(count_.arp_requests_sent.get(), 1u);
  EXPECT_EQ(count_.arp_ignored.get(), 0u);
}

TEST_F(ArpTest, ThreeTriesASecondApartThenFailed) {
  request("10.0.0.9", 0);
  expect_request("10.0.0.9", kBroadcast);
  arp_.clear_updates();
  for (const int s : {1, 2}) {
    arp_.tick(at_ms(s * 1000 - 1));
    expect_silence();
    arp_.tick(at_ms(s * 1000));
    expect_request("10.0.0.9", kBroadcast);
    EXPECT_EQ(arp_.next_deadline(), at_ms(s * 1000 + 1000));
    expect_no_update();
  }
  arp_.tick(at_ms(2999));
  expect_no_update();
  arp_.tick(at_ms(3000));
  expect_update("10.0.0.9", NeighborState::Failed);
  expect_silence();
  request("10.0.0.9", 3500);
  expect_update("10.0.0.9", NeighborState::Failed);
  expect_silence();
  EXPECT_EQ(arp_.next_deadline(), at_ms(4000));
  arp_.tick(at_ms(3999));
  EXPECT_EQ(arp_.size(), 1u);
  arp_.tick(at_ms(4000));
  EXPECT_EQ(arp_.size(), 0u);
  EXPECT_FALSE(arp_.next_deadline());
  request("10.0.0.9", 4000);
  expect_request("10.0.0.9", kBroadcast);
  EXPECT_EQ(count_.arp_requests_sent.get(), 4u);
}

TEST_F(ArpTest, ReachableThenStaleThenProbedByUnicast) {
  resolve(0);
  request("10.0.0.9", 29000);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  expect_silence();
  arp_.tick(at_ms(29999));
  expect_no_update();
  arp_.tick(at_ms(30000));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
  expect_silence();
  EXPECT_FALSE(arp_.next_deadline()) << "unused, it is left alone";
  request("10.0.0.9", 40000);
  expect_request("10.0.0.9", mac(9));
  expect_no_update();
  EXPECT_EQ(arp_.next_deadline(), at_ms(41000));
  reply("10.0.0.9", 9, 40100);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.tick(at_ms(70099));
  expect_no_update();
  arp_.tick(at_ms(70100));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
}

TEST_F(ArpTest, UnansweredProbesFallBackToBroadcastThenFail) {
  resolve(0);
  arp_.tick(at_ms(30000));
  arp_.clear_updates();
  request("10.0.0.9", 31000);
  expect_request("10.0.0.9", mac(9));
  for (const int ms : {32000, 33000}) {
    arp_.tick(at_ms(ms));
    expect_request("10.0.0.9", mac(9));
    expect_no_update();
  }
  arp_.tick(at_ms(34000));
  expect_request("10.0.0.9", kBroadcast);
  ASSERT_EQ(arp_.updates().size(), 1u);
  EXPECT_EQ(arp_.updates()[0].state, NeighborState::Incomplete);
  arp_.clear_updates();
  for (const int ms : {35000, 36000}) {
    arp_.tick(at_ms(ms));
    expect_request("10.0.0.9", kBroadcast);
  }
  arp_.tick(at_ms(37000));
  ASSERT_EQ(arp_.updates().size(), 1u);
  EXPECT_EQ(arp_.updates()[0].state, NeighborState::Failed);
}

TEST_F(ArpTest, AReachableNeighborThatIsDoubtedIsProbedAtOnce) {
  resolve(0);
  request("10.0.0.9", 1000);  // a table has lost the news
  expect_silence();
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.request({0, ip("10.0.0.9"), true}, at_ms(2000));
  expect_request("10.0.0.9", mac(9));
  expect_no_update();
  arp_.request({0, ip("10.0.0.9"), true}, at_ms(2500));
  expect_silence();
  reply("10.0.0.9", 9, 2600);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.tick(at_ms(32'599));
  expect_no_update();
  arp_.tick(at_ms(32'600));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
}

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

TEST_F(ArpTest, WhatIsOnNoLinkFailsWithoutAWord) {
  request("192.0.2.1", 0);
  expect_silence();
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
  for (const int ms : {1000, 2000, 3000}) arp_.tick(at_ms(ms));
  ASSERT_EQ(arp_.updates().size(), 2u);
  EXPECT_EQ(arp_.updates()[1].state, NeighborState::Failed);
}

TEST_F(ArpTest, AFullTableEvictsTheOldestIdleEntry) {
  ArpResolver small{config_, {.entries = 2, .updates = 1024}, {}, pool(), tx_, count_};
  const auto meet = [&](const char* host, std::int64_t ms) {
    small.receive(0, {ArpOperation::Request, mac(9), ip(host), {}, ip("10.0.0.1")}, at_ms(ms));
  };
  meet("10.0.0.22", 0);
  meet("10.0.0.21", 10);
  meet("10.0.0.23", 20);
  EXPECT_EQ(count_.neighbors_evicted.get(), 1u);
  take_frames();
  small.request({0, ip("10.0.0.21")}, at_ms(30));
  EXPECT_EQ(take_arp().at(0).ethernet.destination, mac(9)) << "10.0.0.22 was older";
  small.request({0, ip("10.0.0.24")}, at_ms(30));
  EXPECT_EQ(count_.neighbors_evicted.get(), 2u);
  take_frames();
  small.clear_updates();
  small.request({0, ip("10.0.0.25")}, at_ms(30));  // both are being asked for
  meet("10.0.0.26", 30);
  EXPECT_EQ(count_.neighbors_evicted.get(), 2u);
  EXPECT_TRUE(small.updates().empty());
  EXPECT_EQ(take_arp().size(), 1u) << "the request is answered all the same";
}

TEST_F(ArpTest, LostUpdatesAreCounted) {
  ArpResolver small{config_, {.entries = 8, .updates = 1}, {}, pool(), tx_, count_};
  small.request({0, ip("10.0.0.21")}, at_ms(0));
  EXPECT_EQ(count_.neighbor_updates_lost.get(), 0u);
  small.request({0, ip("10.0.0.22")}, at_ms(0));
  EXPECT_EQ(small.updates().size(), 1u);
  EXPECT_EQ(count_.neighbor_updates_lost.get(), 1u);
}

TEST_F(ArpTest, AnEmptyPoolOrAFullListIsCountedAndTriedAgain) {
  std::vector<pkt::Packet*> all;
  while (pkt::Packet* p = pool().alloc()) all.push_back(p);
  request("10.0.0.9", 0);
  EXPECT_EQ(dropped(DropReason::PoolEmpty), 1u);
  for (auto* p : all) p->free();
  while (tx_.room() > 0) ASSERT_TRUE(tx_.push(*pool().alloc()));
  arp_.tick(at_ms(1000));
  EXPECT_EQ(dropped(DropReason::TransmitListFull), 1u);
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
  free_pending();
  arp_.tick(at_ms(2000));
  expect_request("10.0.0.9", kBroadcast);
}

}  // namespace
}  // namespace millrace::ip::test
