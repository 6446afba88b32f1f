// The owner hash: always a worker that exists, the same for the same flow, even over workers for the flows of practice.
#include "flow/rss.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::flow {
namespace {

using wire::IpAddress;

const IpAddress kLocal = IpAddress::v4(0x0a000001);
const IpAddress kRemote = IpAddress::v4(0x0a000002);

IpAddress v6(std::uint8_t subnet, std::uint8_t host) {
  IpAddress a;
  a.bytes[0] = 0x20;
  a.bytes[1] = 0x01;
  a.bytes[7] = subnet;
  a.bytes[15] = host;
  return a;
}

/// Counts owners of 60'000 flows; each worker must have its share within 6 %.
template <class FlowOf>
void expect_even(FlowOf flow_of) {
  for (const std::uint16_t workers : {2, 3, 4, 7, 8, 16}) {
    std::vector<int> flows(workers, 0);
    const OwnerMap map{workers};
    for (std::uint32_t i = 0; i < 60'000; ++i) ++flows.at(flow_of(map, i));
    const double share = 60'000.0 / workers;
    for (const int n : flows) EXPECT_NEAR(n, share, share * 0.06) << workers;
  }
}

TEST(OwnerMap, OneWorkerOwnsAll) {
  const OwnerMap map{1};
  EXPECT_EQ(map.workers(), 1u);
  for (std::uint16_t port = 0; port < 1000; ++port) EXPECT_EQ(map.owner(kLocal, 80, kRemote, port), 0u);
}

TEST(OwnerMap, KeepsTheNumberOfWorkers) { EXPECT_EQ(OwnerMap{12}.workers(), 12u); }

TEST(OwnerMap, IsAFunctionOfTheFlow) {
  const OwnerMap a{8}, b{8};
  for (std::uint16_t port = 0; port < 1000; ++port)
    EXPECT_EQ(a.owner(kLocal, 80, kRemote, port), b.owner(kLocal, 80, kRemote, port));
}

TEST(OwnerMap, TowardsIsTheSameFunction) {
  for (const std::uint16_t workers : {1, 2, 7, 128}) {
    const OwnerMap map{workers};
    const PortOwners v4 = map.towards(kLocal, kRemote, 443);
    const PortOwners v6_owners = map.towards(v6(1, 2), v6(3, 4), 443);
    for (std::uint32_t port = 0; port < 65536; port += 11) {
      const auto local = static_cast<std::uint16_t>(port);
      ASSERT_EQ(v4(local), map.owner(kLocal, local, kRemote, 443));
      ASSERT_EQ(v6_owners(local), map.owner(v6(1, 2), local, v6(3, 4), 443));
    }
  }
}

// Computed apart from this code.
TEST(OwnerMap, HasKnownValues) {
  const OwnerMap map{65535};
  EXPECT_EQ(map.owner(kLocal, 80, kRemote, 12345), 35303u);
  EXPECT_EQ(map.owner(v6(1, 2), 443, v6(3, 4), 54321), 39656u);
  EXPECT_EQ(map.owner({}, 0, {}, 0), 0u);
}

TEST(OwnerMap, SpreadsSourcePorts) {
  expect_even([](const OwnerMap& map, std::uint32_t i) {
    return map.owner(kLocal, 80, kRemote, static_cast<std::uint16_t>(1024 + i));
  });
}

TEST(OwnerMap, SpreadsLocalPorts) {
  expect_even([](const OwnerMap& map, std::uint32_t i) {
    return map.owner(kLocal, static_cast<std::uint16_t>(1024 + i), kRemote, 80);
  });
}

TEST(OwnerMap, SpreadsRemoteIpv4Addresses) {
  expect_even(
      [](const OwnerMap& map, std::uint32_t i) { return map.owner(kLocal, 80, IpAddress::v4(0x0a000000 + i), 5000); });
}

TEST(OwnerMap, SpreadsLocalIpv4Addresses) {
  expect_even(
      [](const OwnerMap& map, std::uint32_t i) { return map.owner(IpAddress::v4(0xc0a80000 + i), 80, kRemote, 5000); });
}

TEST(OwnerMap, SpreadsIpv6SubnetsAndHosts) {
  expect_even([](const OwnerMap& map, std::uint32_t i) {
    return map.owner(v6(0, 1), 80, v6(static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)), 5000);
  });
  expect_even([](const OwnerMap& map, std::uint32_t i) {
    return map.owner(v6(static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)), 80, v6(0, 1), 5000);
  });
}

TEST(OwnerMap, TellsTheEndsApart) {
  const OwnerMap map{64};
  int differing = 0;
  for (std::uint16_t port = 1; port <= 640; ++port)
    differing += map.owner(kLocal, 80, kRemote, port) != map.owner(kRemote, port, kLocal, 80) ? 1 : 0;
  EXPECT_GT(differing, 600);
}

}  // namespace
}  // namespace millrace::flow
