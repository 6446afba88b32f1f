#include "ip/ndp.h"

#include "base/log.h"
#include "unit/ip/v6_frames.h"

namespace millrace::ip::test {
namespace {

using wire::NeighborAdvertisement;
using wire::NeighborSolicitation;

struct SentNdp {
  wire::EthernetHeader ethernet;
  wire::Ipv6Header ip;
  wire::NdpMessage message;
};

const wire::IpAddress kOurs = ip("2001:db8::1");
const wire::IpAddress kNeighbor = ip("2001:db8::9");
const wire::IpAddress kNeighborGroup = ip("ff02::1:ff00:9");
const wire::MacAddress kNeighborGroupMac{{0x33, 0x33, 0xff, 0, 0, 9}};
const wire::MacAddress kAllNodesMac{{0x33, 0x33, 0, 0, 0, 1}};

class NdpTest : public IpTest {
 protected:
  NdpTest() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { log_.emplace_back(text); });
  }
  ~NdpTest() override { base::set_log_sink({}); }

  std::vector<SentNdp> take_ndp() {
    std::vector<SentNdp> sent;
    for (const auto& frame : take_frames()) {
      const auto ethernet = wire::parse_ethernet(frame).value();
      EXPECT_EQ(ethernet.type, wire::kEtherTypeIpv6);
      const auto packet = std::span<const std::byte>{frame}.subspan(ethernet.header_length);
      const auto ip = wire::parse_ipv6(packet).value();
      EXPECT_EQ(ip.hop_limit, 255);
      EXPECT_EQ(ip.next_header, 58);
      EXPECT_EQ(ip.payload_length, packet.size() - 40);
      const auto message = packet.subspan(40);
      EXPECT_EQ(wire::icmpv6_checksum(ip.source, ip.destination, message), 0);
      sent.push_back({ethernet, ip, wire::parse_ndp(message).value()});
    }
    return sent;
  }
  /// Exactly one message was sent; it went from `source` to `destination` at `to`.
  template <class Message>
  Message expect_sent(const wire::IpAddress& source, const wire::IpAddress& destination, const wire::MacAddress& to) {
    const auto sent = take_ndp();
    EXPECT_EQ(sent.size(), 1u);
    if (sent.size() != 1) return {};
    EXPECT_EQ(sent[0].ip.source, source);
    EXPECT_EQ(sent[0].ip.destination, destination);
    EXPECT_EQ(sent[0].ethernet.destination, to);
    EXPECT_EQ(sent[0].ethernet.source, kPort0Mac);
    EXPECT_TRUE(std::holds_alternative<Message>(sent[0].message));
    const auto* message = std::get_if<Message>(&sent[0].message);
    return message == nullptr ? Message{} : *message;
  }
  void expect_solicitation() {
    EXPECT_EQ(expect_sent<NeighborSolicitation>(kOurs, kNeighborGroup, kNeighborGroupMac),
              (NeighborSolicitation{kNeighbor, kPort0Mac}));
  }
  void expect_silence() { EXPECT_TRUE(take_frames().empty()); }
  void expect_update(NeighborState state, std::uint8_t last = 0) {
    ASSERT_EQ(ndp_.updates().size(), 1u);
    EXPECT_EQ(ndp_.updates()[0].ip, kNeighbor);
    EXPECT_EQ(ndp_.updates()[0].state, state);
    EXPECT_EQ(ndp_.updates()[0].mac, last == 0 ? wire::MacAddress{} : mac(last));
    ndp_.clear_updates();
  }
  void expect_no_update() { EXPECT_TRUE(ndp_.updates().empty()); }
  void request(std::int64_t ms) { ndp_.request({0, kNeighbor}, at_ms(ms)); }
  void hear(const wire::NdpMessage& message, const char* source, std::int64_t ms, std::uint8_t from = 9) {
    ndp_.receive({0, mac(from), ip(source), kOurs, message}, at_ms(ms));
  }
  /// What 2001:db8::9 at mac(last) answers to us.
  static NeighborAdvertisement answer(std::uint8_t last = 9) { return {kNeighbor, false, true, true, mac(last)}; }
  void resolve(std::int64_t ms) {
    request(ms);
    hear(answer(), "2001:db8::9", ms);
    take_frames();
    ndp_.clear_updates();
  }

  std::vector<std::string> log_;
  NdpResolver ndp_{config_, {}, {1, 2}, pool(), tx_, count_};
};

TEST_F(NdpTest, AsksTheGroupAndLearnsTheAnswer) {
  request(0);
  expect_solicitation();
  expect_update(NeighborState::Incomplete);
  EXPECT_EQ(ndp_.next_deadline(), at_ms(1000));
  hear(answer(), "2001:db8::9", 300);
  expect_update(NeighborState::Reachable, 9);
  expect_silence();
  EXPECT_EQ(count_.ndp_solicitations_sent.get(), 1u);
  EXPECT_EQ(count_.ndp_ignored.get(), 0u);
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
}

TEST_F(NdpTest, ThreeTriesASecondApartThenFailed) {
  request(0);
  expect_solicitation();
  ndp_.clear_updates();
  for (const int s : {1, 2}) {
    ndp_.tick(at_ms(s * 1000 - 1));
    expect_silence();
    ndp_.tick(at_ms(s * 1000));
    expect_solicitation();
  }
  expect_no_update();
  ndp_.tick(at_ms(3000));
  expect_update(NeighborState::Failed);
  expect_silence();
}

TEST_F(NdpTest, AStaleNeighborIsProbedAlone) {
  resolve(0);
  ndp_.tick(at_ms(30'000));
  expect_update(NeighborState::Stale, 9);
  request(31'000);
  EXPECT_EQ(expect_sent<NeighborSolicitation>(kOurs, kNeighbor, mac(9)), (NeighborSolicitation{kNeighbor, kPort0Mac}));
  hear({NeighborAdvertisement{kNeighbor, false, true, false, std::nullopt}}, "2001:db8::9", 31'001);
  expect_update(NeighborState::Reachable, 9);
}

TEST_F(NdpTest, AnAnswerWithoutAMacTeachesNoNewNeighbor) {
  request(0);
  take_frames();
  ndp_.clear_updates();
  hear({NeighborAdvertisement{kNeighbor, false, true, true, std::nullopt}}, "2001:db8::9", 1);
  expect_no_update();
  EXPECT_EQ(count_.ndp_ignored.get(), 1u);
}

TEST_F(NdpTest, AdvertisementsNobodyAskedFor) {
  hear(answer(), "2001:db8::9", 0);
  expect_no_update();
  EXPECT_EQ(ndp_.size(), 0u) << "a stranger's advertisement makes no entry (RFC 4861 7.2.5)";
  resolve(1000);
  hear(answer(), "2001:db8::9", 2000);
  expect_no_update();
  // Without the override flag another MAC only casts doubt.
  hear({NeighborAdvertisement{kNeighbor, false, false, false, mac(7)}}, "2001:db8::9", 3000);
  expect_update(NeighborState::Stale, 9);
  hear({NeighborAdvertisement{kNeighbor, false, false, false, mac(7)}}, "2001:db8::9", 4000);
  expect_no_update();
  // With it the neighbor has moved, and that is confirmed when used; once a second at most.
  hear({NeighborAdvertisement{kNeighbor, false, false, true, mac(7)}}, "2001:db8::9", 5000);
  expect_update(NeighborState::Stale, 7);
  hear({NeighborAdvertisement{kNeighbor, false, false, true, mac(6)}}, "2001:db8::9", 5999);
  expect_no_update();
  EXPECT_EQ(count_.neighbor_changes.get(), 1u);
  EXPECT_EQ(count_.neighbor_changes_refused.get(), 1u);
}

TEST_F(NdpTest, NobodyOffTheLinkTeachesAnything) {
  ndp_.request({0, ip("2001:db9::9")}, at_ms(0));
  take_frames();
  ndp_.clear_updates();
  hear({NeighborAdvertisement{ip("2001:db9::9"), false, true, true, mac(9)}}, "2001:db9::9", 1);
  expect_no_update();
  request(10);
  take_frames();
  ndp_.clear_updates();
  hear({NeighborAdvertisement{kNeighbor, false, true, true, wire::MacAddress::broadcast()}}, "2001:db8::9", 11);
  expect_no_update();
  EXPECT_EQ(count_.ndp_ignored.get(), 2u);
}

TEST_F(NdpTest, ASolicitationIsAnsweredAndItsSenderLearned) {
  hear({NeighborSolicitation{kOurs, mac(9)}}, "2001:db8::9", 0);
  EXPECT_EQ(expect_sent<NeighborAdvertisement>(kOurs, kNeighbor, mac(9)),
            (NeighborAdvertisement{kOurs, false, true, true, kPort0Mac}));
  expect_update(NeighborState::Stale, 9);
  EXPECT_EQ(count_.ndp_advertisements_sent.get(), 1u);
}

TEST_F(NdpTest, ASolicitationWithoutAMacIsAnsweredToItsFrame) {
  hear({NeighborSolicitation{kOurs, std::nullopt}}, "2001:db8::9", 0, 5);
  expect_sent<NeighborAdvertisement>(kOurs, kNeighbor, mac(5));
  EXPECT_EQ(ndp_.size(), 0u);
}

TEST_F(NdpTest, OthersSolicitationsAreIgnored) {
  hear({NeighborSolicitation{ip("2001:db8::2"), mac(9)}}, "2001:db8::9", 0);    // not ours
  hear({NeighborSolicitation{ip("2001:db8:1::1"), mac(9)}}, "2001:db8::9", 0);  // another port's
  hear({NeighborSolicitation{kOurs, wire::MacAddress{}}}, "2001:db8::9", 0);
  ndp_.receive({0, wire::MacAddress::broadcast(), kNeighbor, kOurs, NeighborSolicitation{kOurs, std::nullopt}}, {});
  hear({wire::RouterSolicitation{mac(9)}}, "fe80::9", 0);
  hear({wire::RouterAdvertisement{}}, "fe80::9", 0);
  expect_silence();
  EXPECT_EQ(count_.ndp_ignored.get(), 6u);
  EXPECT_EQ(ndp_.size(), 0u);
}

TEST_F(NdpTest, ASourceOfANetworkThatWeDoNotKnowIsAnsweredAndNotLearned) {
  hear({NeighborSolicitation{kOurs, mac(9)}}, "2001:db9::9", 0, 5);
  EXPECT_EQ(expect_sent<NeighborAdvertisement>(kOurs, ip("2001:db9::9"), mac(9)),
            (NeighborAdvertisement{kOurs, false, true, true, kPort0Mac}));
  hear({NeighborSolicitation{kOurs, std::nullopt}}, "2001:db9::9", 1, 5);
  expect_sent<NeighborAdvertisement>(kOurs, ip("2001:db9::9"), mac(5));
  expect_no_update();
  EXPECT_EQ(ndp_.size(), 0u);
  EXPECT_EQ(count_.ndp_ignored.get(), 0u);
}

TEST_F(NdpTest, OurAddressIsDefendedAgainstDuplicateDetection) {
  hear({NeighborSolicitation{kOurs, std::nullopt}}, "::", 0);
  EXPECT_EQ(expect_sent<NeighborAdvertisement>(kOurs, wire::kAllNodes, kAllNodesMac),
            (NeighborAdvertisement{kOurs, false, false, true, kPort0Mac}));
}

TEST_F(NdpTest, ConflictsAreCountedAndLogged) {
  hear({NeighborAdvertisement{kOurs, false, false, true, mac(9)}}, "2001:db8::9", 0);
  hear({NeighborSolicitation{kNeighbor, mac(9)}}, "2001:db8::1", 20'000);
  EXPECT_EQ(count_.address_conflicts.get(), 2u);
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_EQ(log_[0], "address conflict: 02:00:00:00:00:09 claims our address 2001:db8::1 on port 0");
  expect_silence();
  config_.states->set(3, AddressState::Duplicate);
  hear({NeighborAdvertisement{kOurs, false, false, true, mac(9)}}, "2001:db8::9", 40'000);
  hear({NeighborSolicitation{kNeighbor, mac(9)}}, "2001:db8::1", 60'000);
  EXPECT_EQ(count_.address_conflicts.get(), 2u) << "it is theirs";
  EXPECT_EQ(count_.ndp_ignored.get(), 2u);
}

TEST_F(NdpTest, WhatTheLinkGivesBackSaysNothing) {
  ndp_.receive({0, kPort0Mac, kOurs, wire::kAllNodes, NeighborAdvertisement{kOurs, false, false, true, kPort0Mac}},
               at_ms(0));
  EXPECT_EQ(count_.address_conflicts.get(), 0u);
  EXPECT_EQ(count_.ndp_ignored.get(), 1u);
}

TEST_F(NdpTest, ALinkLocalNeighborIsAskedFromOurLinkLocalAddress) {
  ndp_.request({0, ip("fe80::9")}, at_ms(0));
  EXPECT_EQ(expect_sent<NeighborSolicitation>(ip("fe80::1"), kNeighborGroup, kNeighborGroupMac).target, ip("fe80::9"));
}

TEST_F(NdpTest, WithoutAnAddressNobodyIsAsked) {
  for (const std::uint16_t index : {3, 4}) config_.states->set(index, AddressState::Tentative);
  request(0);
  expect_silence();
  config_.states->set(4, AddressState::Usable);
  ndp_.tick(at_ms(1000));
  expect_sent<NeighborSolicitation>(ip("fe80::1"), kNeighborGroup, kNeighborGroupMac);
}

TEST_F(NdpTest, AddressesThatNeedNoDetectionAreAnnounced) {
  ndp_.start(at_ms(0));
  const auto sent = take_ndp();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].ip.source, kOurs);
  EXPECT_EQ(sent[0].ip.destination, wire::kAllNodes);
  EXPECT_EQ(sent[0].ethernet.destination, kAllNodesMac);
  EXPECT_EQ(std::get<NeighborAdvertisement>(sent[0].message),
            (NeighborAdvertisement{kOurs, false, false, true, kPort0Mac}));
  EXPECT_EQ(sent[1].ip.source, ip("fe80::1"));
  EXPECT_EQ(sent[2].ethernet.vlan, kVlan);
}

TEST_F(NdpTest, AddressesAreAnnouncedOnceMoreAfterTwoSeconds) {
  ndp_.start(at_ms(0));
  const auto first = take_frames();
  EXPECT_EQ(ndp_.next_deadline(), at_ms(2000));
  ndp_.tick(at_ms(1999));
  expect_silence();
  ndp_.tick(at_ms(2000));
  EXPECT_EQ(take_frames(), first);
  EXPECT_FALSE(ndp_.next_deadline());
  ndp_.tick(at_ms(10'000));
  expect_silence();
}

class DadTest : public NdpTest {
 protected:
  DadTest() {
    config_.ports[0].dad_transmits = 2;
    config_.ports[1].dad_transmits = 0;
  }
  AddressState state(std::uint16_t index) const { return (*config_.states)[index]; }
  /// The frames sent, the announcements of port 1's address aside.
  std::vector<SentNdp> take_port0() {
    auto sent = take_ndp();
    std::erase_if(sent, [](const SentNdp& s) { return s.ethernet.vlan == kVlan; });
    return sent;
  }
  std::vector<SentNdp> start(NdpResolver& ndp) {
    ndp.start(at_ms(0));
    return take_port0();
  }
};

TEST_F(DadTest, AFreeAddressIsUsedAfterTheLastSolicitation) {
  NdpResolver ndp{config_, {}, {1, 2}, pool(), tx_, count_};
  EXPECT_EQ(state(3), AddressState::Tentative);
  EXPECT_EQ(state(4), AddressState::Tentative);
  EXPECT_EQ(state(5), AddressState::Usable);
  EXPECT_EQ(state(0), AddressState::Usable) << "IPv4";
  const auto sent = start(ndp);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].ip.source, wire::IpAddress{});
  EXPECT_EQ(sent[0].ip.destination, ip("ff02::1:ff00:1"));
  EXPECT_EQ(std::get<NeighborSolicitation>(sent[0].message), (NeighborSolicitation{kOurs, std::nullopt}));
  EXPECT_EQ(ndp.next_deadline(), at_ms(1000));
  ndp.tick(at_ms(999));
  expect_silence();
  ndp.tick(at_ms(1000));
  EXPECT_EQ(take_ndp().size(), 2u);
  EXPECT_EQ(ndp.next_deadline(), at_ms(2000));
  EXPECT_EQ(state(3), AddressState::Tentative);
  ndp.tick(at_ms(2000));
  EXPECT_EQ(state(3), AddressState::Usable);
  EXPECT_EQ(state(4), AddressState::Usable);
  const auto news = take_port0();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].ip.destination, wire::kAllNodes);
  EXPECT_EQ(std::get<NeighborAdvertisement>(news[0].message).target, kOurs);
  EXPECT_EQ(ndp.next_deadline(), at_ms(4000));
  ndp.tick(at_ms(4000));
  EXPECT_EQ(take_ndp().size(), 2u) << "announced once more";
  EXPECT_FALSE(ndp.next_deadline());
  EXPECT_EQ(count_.addresses_refused.get(), 0u);
}

TEST_F(DadTest, AnAdvertisedAddressIsRefused) {
  NdpResolver ndp{config_, {}, {1, 2}, pool(), tx_, count_};
  start(ndp);
  ndp.receive({0, mac(9), kOurs, wire::kAllNodes, NeighborAdvertisement{kOurs, false, false, true, mac(9)}},
              at_ms(500));
  EXPECT_EQ(state(3), AddressState::Duplicate);
  EXPECT_EQ(count_.addresses_refused.get(), 1u);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_EQ(log_[0],
            "address 2001:db8::1 of port 0 is in use by 02:00:00:00:00:09: it will not be used until a restart");
  ndp.tick(at_ms(1000));
  EXPECT_EQ(take_ndp().size(), 1u) << "only the other one goes on";
  ndp.tick(at_ms(2000));
  EXPECT_EQ(take_port0().size(), 1u);
  EXPECT_EQ(state(3), AddressState::Duplicate);
  EXPECT_EQ(state(4), AddressState::Usable);
  ndp.receive({0, mac(9), ip("2001:db8::9"), kOurs, NeighborSolicitation{kOurs, mac(9)}}, at_ms(3000));
  expect_silence();
}

TEST_F(DadTest, TwoThatAskAtTheSameTimeBothLose) {
  NdpResolver ndp{config_, {}, {1, 2}, pool(), tx_, count_};
  start(ndp);
  const wire::IpAddress group = wire::solicited_node(kOurs);
  ndp.receive({0, kPort0Mac, {}, group, NeighborSolicitation{kOurs, std::nullopt}}, at_ms(1));
  EXPECT_EQ(state(3), AddressState::Tentative) << "our own, given back by the link";
  ndp.receive({0, mac(9), kNeighbor, group, NeighborSolicitation{kOurs, mac(9)}}, at_ms(2));
  EXPECT_EQ(state(3), AddressState::Tentative) << "somebody looks for it";
  ndp.receive({0, mac(9), {}, group, NeighborSolicitation{kOurs, std::nullopt}}, at_ms(3));
  EXPECT_EQ(state(3), AddressState::Duplicate);
  expect_silence();
}

}  // namespace
}  // namespace millrace::ip::test
