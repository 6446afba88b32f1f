// The MSS option of a shard whose ports differ in their MTU.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "stack/shard.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp_header.h"

namespace millrace::stack {
namespace {

using wire::IpAddress;

/// A network per port, of both IP versions: 10.1.<port>.1/24 and 2001:db8:<port>::1/64.
IpAddress v4(std::size_t port, std::uint32_t host) {
  return IpAddress::v4(0x0a010000 | static_cast<std::uint32_t>(port) << 8 | host);
}
IpAddress v6(std::size_t port, std::uint32_t host) {
  return *IpAddress::parse("2001:db8:" + std::to_string(port) + "::" + std::to_string(host));
}

ip::IpConfig ports_of(const std::vector<std::uint16_t>& mtus) {
  std::vector<ip::PortInfo> ports;
  std::vector<ip::LocalAddress> own;
  for (std::size_t i = 0; i < mtus.size(); ++i) {
    const auto port = static_cast<std::uint16_t>(i);
    ports.push_back({.mac = {{2, 0, 0, 0, 0, 1}}, .mtu = mtus[i]});
    own.push_back({v4(i, 1), 24, port});
    own.push_back({v6(i, 1), 64, port});
  }
  ip::LocalAddresses addresses{own};
  ip::RouteTable routes{addresses};
  return {ports, addresses, routes};
}

class AnnouncedMss : public testing::Test {
 protected:
  /// The MSS option of the SYN to a neighbor on each port, IPv4 and IPv6 in turn.
  std::vector<unsigned> of_syns(const std::vector<std::uint16_t>& mtus) {
    const ip::IpConfig ip = ports_of(mtus);
    const flow::OwnerMap one{1};
    Shard shard{{}, ShardResources{ip, one, data_, control_}, Time{seconds{1}}};
    shard.begin(Time{seconds{1}});
    std::vector<unsigned> all;
    for (std::size_t i = 0; i < mtus.size(); ++i) {
      for (const IpAddress& peer : {v4(i, 2), v6(i, 2)}) {
        shard.apply({static_cast<std::uint16_t>(i), peer, {{2, 0, 0, 0, 0, 2}}, ip::NeighborState::Reachable});
        EXPECT_NE(shard.connect(peer, 80, {}, 0, {}).tcb, nullptr);
        const auto frames = shard.collect_output();
        EXPECT_EQ(frames.size(), 1u);
        for (pkt::Packet* frame : frames) {
          EXPECT_EQ(frame->meta().port, i);
          all.push_back(mss_of(*frame, peer.is_v4()));
          frame->free();
        }
        shard.sent(frames.size());
      }
    }
    return all;
  }

 private:
  static unsigned mss_of(const pkt::Packet& frame, bool is_v4) {
    const std::size_t headers = wire::kEthernetHeader + (is_v4 ? wire::kIpv4MinHeader : wire::kIpv6Header);
    const auto tcp = wire::parse_tcp({frame.data() + headers, frame.length() - headers});
    return tcp ? tcp->options.mss : 0;
  }

  pkt::PacketPool data_{{.name = "mss-data", .packets = 512, .data_size = 2048, .cache = 0}};
  pkt::PacketPool control_{{.name = "mss-control", .packets = 512, .data_size = 256, .cache = 0}};
};

using Mss = std::vector<unsigned>;

// Proves SHLD-6.
TEST_F(AnnouncedMss, SpeaksForTheSmallestMtuOfAllPorts) {
  EXPECT_EQ(of_syns({1500}), (Mss{1460, 1440}));
  EXPECT_EQ(of_syns({1500, 1300}), (Mss{1260, 1240, 1260, 1240}));
  EXPECT_EQ(of_syns({1280, 9000, 1500}), (Mss{1240, 1220, 1240, 1220, 1240, 1220}));
}

}  // namespace
}  // namespace millrace::stack
