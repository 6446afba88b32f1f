// ARP and neighbor discovery: we answer for all of our addresses and for nobody else's, and learn the next hop's MAC.
#include "neighborhood.h"

#include <gtest/gtest.h>

#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"

namespace millrace::load {
namespace {

constexpr wire::MacAddress kOwn{{2, 0, 0, 0, 0, 2}}, kPeer{{2, 0, 0, 0, 0, 1}};

wire::IpAddress ip(const char* text) { return wire::IpAddress::parse(text).value(); }

struct Side {
  Sources sources;
  wire::IpAddress peer;
  Neighborhood ours{kOwn, sources, peer};
  Neighborhood theirs{kPeer, Sources{peer, 1, 24}, sources.first()};
};

Side v4() { return {Sources::parse("10.1.0.2-10.1.0.5/24").value(), ip("10.1.0.1")}; }
Side v6() { return {Sources::parse("2001:db8::2-2001:db8::5/64").value(), ip("2001:db8::1")}; }

/// The other side asks for `target`.
std::optional<ControlFrame> asked_for(Side& side, const char* target) {
  const Neighborhood asking{kPeer, Sources{side.peer, 1, 24}, ip(target)};
  return side.ours.receive(asking.question().bytes());
}

TEST(NeighborhoodTest, TwoOfThemFindEachOther) {
  for (Side side : {v4(), v6()}) {
    EXPECT_EQ(side.ours.next_hop_mac(), std::nullopt);
    const auto answer = side.theirs.receive(side.ours.question().bytes());
    ASSERT_TRUE(answer);
    EXPECT_EQ(side.theirs.next_hop_mac(), kOwn);  // who asks says who it is
    EXPECT_FALSE(side.ours.receive(answer->bytes()));
    EXPECT_EQ(side.ours.next_hop_mac(), kPeer);
  }
}

TEST(NeighborhoodTest, AnswersForItsAddressesOnly) {
  Side a = v4();
  EXPECT_TRUE(asked_for(a, "10.1.0.2"));
  EXPECT_TRUE(asked_for(a, "10.1.0.5"));
  EXPECT_FALSE(asked_for(a, "10.1.0.6"));
  a.ours.add(Sources{ip("10.9.0.0"), 256, 24});
  EXPECT_TRUE(asked_for(a, "10.9.0.77"));
  EXPECT_FALSE(asked_for(a, "10.9.1.0"));
  Side b = v6();
  EXPECT_TRUE(asked_for(b, "2001:db8::5"));
  EXPECT_FALSE(asked_for(b, "2001:db8::6"));
}

TEST(NeighborhoodTest, TheAnswerSaysWhatWasAsked) {
  Side a = v4();
  const auto frame = asked_for(a, "10.1.0.4");
  ASSERT_TRUE(frame);
  const auto ethernet = wire::parse_ethernet(frame->bytes());
  EXPECT_EQ(ethernet->destination, kPeer);
  EXPECT_EQ(ethernet->source, kOwn);
  const auto arp = wire::parse_arp(frame->bytes().subspan(ethernet->header_length));
  EXPECT_EQ(arp->operation, wire::ArpOperation::Reply);
  EXPECT_EQ(arp->sender_ip, ip("10.1.0.4"));
  EXPECT_EQ(arp->sender_mac, kOwn);
  EXPECT_EQ(arp->target_ip, ip("10.1.0.1"));

  Side b = v6();
  const auto advertised = asked_for(b, "2001:db8::4");
  ASSERT_TRUE(advertised);
  const auto packet = advertised->bytes().subspan(wire::kEthernetHeader);
  const auto header = wire::parse_ipv6(packet);
  EXPECT_EQ(header->source, ip("2001:db8::4"));
  EXPECT_EQ(header->destination, ip("2001:db8::1"));
  EXPECT_EQ(header->hop_limit, 255);
  EXPECT_EQ(wire::icmpv6_checksum(header->source, header->destination, packet.subspan(wire::kIpv6Header)), 0);
  const auto message = wire::parse_ndp(packet.subspan(wire::kIpv6Header));
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<wire::NeighborAdvertisement>(*message),
            (wire::NeighborAdvertisement{ip("2001:db8::4"), false, true, true, kOwn}));
}

TEST(NeighborhoodTest, DamagedOrFarMessagesAreNotBelieved) {
  for (const std::size_t at : {std::size_t{14 + 7}, std::size_t{14 + 40 + 20}}) {  // hop limit, target
    Side side = v6();
    ControlFrame answer = *side.theirs.receive(side.ours.question().bytes());
    answer.bytes()[at] ^= std::byte{1};
    (void)side.ours.receive(answer.bytes());
    EXPECT_EQ(side.ours.next_hop_mac(), std::nullopt) << at;
  }
  for (Side side : {v4(), v6()}) {
    const ControlFrame answer = *side.theirs.receive(side.ours.question().bytes());
    for (std::size_t length = 0; length < answer.bytes().size(); ++length)
      EXPECT_FALSE(side.ours.receive(answer.bytes().first(length)));
    EXPECT_EQ(side.ours.next_hop_mac(), std::nullopt);
  }
}

}  // namespace
}  // namespace millrace::load
