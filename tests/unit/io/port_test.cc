// Port and DpdkQueue over net_ring (a loop in memory) and net_null, which every DPDK has and which need no rights.
#include "io/port.h"

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {
namespace {

/// A ring of DPDK's that can carry packets from one port to another.
class Ring {
 public:
  Ring(const char* name, unsigned size) : ring_(rte_ring_create(name, size, SOCKET_ID_ANY, 0)) {}
  ~Ring() { rte_ring_free(ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  /// A port "net_ring_<name>" that receives from this ring and sends into `out`.
  void make_port(const char* name, const Ring& out) const {
    EXPECT_GE(rte_eth_from_rings(name, &ring_, 1, &out.ring_, 1, 0), 0);
  }

 private:
  rte_ring* ring_;
};

class PortTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPackets = 1023;

  void TearDown() override { EXPECT_EQ(pool_.available(), kPackets); }
  PortConfig config(const std::string& device) { return {.device = device, .index = 2, .rx_pool = &pool_}; }
  pkt::Packet* packet(std::string_view text) {
    pkt::Packet* made = pool_.alloc();
    std::memcpy(made->append(static_cast<std::uint16_t>(text.size())), text.data(), text.size());
    return made;
  }
  static std::string error_of(const PortConfig& config) {
    try {
      (void)Port::open(config);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }
  static void expect_part(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  pkt::PacketPool pool_{{.name = "port", .packets = kPackets, .data_size = 2048, .cache = 0}};
};

TEST_F(PortTest, TwoPortsOverOneRingCarryPacketsBothWays) {
  const Ring to_a{"to_a", 8};
  const Ring to_b{"to_b", 8};
  to_a.make_port("a", to_b);
  to_b.make_port("b", to_a);
  Port a = Port::open(config("net_ring_a"));
  Port b = Port::open(config("net_ring_b"));
  EXPECT_NE(a.info().port_id, b.info().port_id);
  a.start();
  b.start();
  DpdkQueue from = a.queue(0);
  DpdkQueue to = b.queue(0);

  std::array<pkt::Packet*, 3> out{packet("one"), packet("two"), packet("three")};
  EXPECT_EQ(from.tx_burst(std::span{out}.first(2)), 2u);
  out[0]->meta().seq = 99;  // still ours to see: the ring carries the mbuf itself
  out[0]->meta().port = 9;

  std::array<pkt::Packet*, 4> room{};
  ASSERT_EQ(to.rx_burst(room), 2u);
  EXPECT_EQ(room[0], out[0]);
  EXPECT_EQ(room[1], out[1]);
  EXPECT_EQ(room[2], nullptr);
  EXPECT_EQ(room[0]->meta().seq, 0u);
  EXPECT_EQ(room[0]->meta().port, 2);
  EXPECT_EQ(to.rx_burst(room), 0u);

  EXPECT_EQ(to.tx_burst(std::span{out}.subspan(2)), 1u);
  ASSERT_EQ(from.rx_burst(std::span{room}.first(1)), 1u);
  EXPECT_EQ(room[0], out[2]);
  EXPECT_EQ(a.stats().tx_packets, 2u);
  EXPECT_EQ(a.stats().rx_packets, 1u);
  EXPECT_EQ(b.stats().rx_packets, 2u);
  EXPECT_EQ(b.stats().tx_packets, 1u);
  for (pkt::Packet* p : out) p->free();
}

TEST_F(PortTest, AFullRingTakesAPrefix) {
  const Ring ring{"full", 8};  // holds 7
  ring.make_port("full", ring);
  Port port = Port::open(config("net_ring_full"));
  port.start();
  DpdkQueue queue = port.queue(0);
  std::array<pkt::Packet*, 9> out;
  for (pkt::Packet*& p : out) p = packet("x");
  EXPECT_EQ(queue.tx_burst(out), 7u);
  EXPECT_EQ(queue.tx_burst(std::span{out}.subspan(7)), 0u);
  std::array<pkt::Packet*, 9> room{};
  EXPECT_EQ(queue.rx_burst(std::span{room}.first(2)), 2u);
  EXPECT_EQ(queue.tx_burst(std::span{out}.subspan(7)), 2u);
  EXPECT_EQ(queue.rx_burst(std::span{room}.subspan(2)), 7u);
  EXPECT_EQ(room, out);
  for (pkt::Packet* p : room) p->free();
}

TEST_F(PortTest, NullPortAlwaysReceivesAndFreesWhatIsSent) {
  Port port = Port::open(config("net_null0,size=100"));
  port.start();
  DpdkQueue queue = port.queue(0);
  std::array<pkt::Packet*, 3> room{};
  ASSERT_EQ(queue.rx_burst(room), 3u);
  for (pkt::Packet* p : room) {
    EXPECT_EQ(p->length(), 100);
    EXPECT_EQ(p->meta().port, 2);
  }
  EXPECT_EQ(queue.tx_burst(room), 3u);
  EXPECT_EQ(pool_.available(), kPackets);
  EXPECT_EQ(port.stats().rx_packets, 3u);
  EXPECT_EQ(port.stats().tx_packets, 3u);
  EXPECT_EQ(port.stats().ierrors, 0u);
}

TEST_F(PortTest, AnEmptyPoolGivesNoPacketsAndNoError) {
  Port port = Port::open(config("net_null0"));
  port.start();
  DpdkQueue queue = port.queue(0);
  std::vector<pkt::Packet*> all;
  while (pkt::Packet* p = pool_.alloc()) all.push_back(p);
  pkt::Packet* got = nullptr;
  EXPECT_EQ(queue.rx_burst({&got, 1}), 0u);
  for (pkt::Packet* p : all) p->free();
  ASSERT_EQ(queue.rx_burst({&got, 1}), 1u);
  got->free();
}

TEST_F(PortTest, InfoTellsWhatWasNegotiated) {
  PortConfig asked = config("net_null0");
  asked.mtu = 1400;
  asked.rx_ring = 256;
  asked.tx_ring = 512;
  asked.mac = wire::MacAddress{{0x02, 0, 0, 0, 0, 0x17}};
  const Port port = Port::open(asked);
  const PortInfo& info = port.info();
  EXPECT_EQ(info.name, "net_null0");
  EXPECT_EQ(info.driver, "net_null");
  EXPECT_EQ(info.mtu, 1400);
  EXPECT_EQ(info.queue_pairs, 1);
  EXPECT_EQ(info.rx_ring, 256);
  EXPECT_EQ(info.tx_ring, 512);
  EXPECT_EQ(info.mac, *asked.mac);
  EXPECT_EQ(info.offloads, Offloads{});  // it has none
  EXPECT_FALSE(info.rss);
  EXPECT_FALSE(info.rx_scatter);
  expect_part(info.to_text(), "mac: 02:00:00:00:00:17\nmtu: 1400\nqueue pairs: 1\nrings: rx 256 tx 512\n");
  expect_part(info.to_text(), "tx tcp checksum: software\n");
  expect_part(info.to_text(), "tx chains: no\n");
}

TEST_F(PortTest, GroupsAreReceivedAsFarAsTheDeviceCanTell) {
  const std::array groups{wire::MacAddress{{0x33, 0x33, 0, 0, 0, 1}}, wire::MacAddress{{0x33, 0x33, 0xff, 0, 0, 1}}};
  const Ring loop{"loop_groups", 8};
  loop.make_port("groups", loop);
  Port port = Port::open(config("net_ring_groups"));
  port.start();
  EXPECT_EQ(rte_eth_allmulticast_get(port.info().port_id), 0);
  port.join({});
  EXPECT_EQ(port.info().multicast, "none");
  EXPECT_EQ(rte_eth_allmulticast_get(port.info().port_id), 0);
  port.join(groups);  // it has no list of groups, so it takes them all
  EXPECT_EQ(port.info().multicast, "all");
  EXPECT_EQ(rte_eth_allmulticast_get(port.info().port_id), 1);
  expect_part(port.info().to_text(), "multicast: all\n");
}

TEST_F(PortTest, OffloadsThatAreNotAskedForAreNotTaken) {
  PortConfig asked = config("net_ring0");
  EXPECT_EQ(Port::open(asked).info().offloads, (Offloads{.tx_chains = true}));
  asked.offloads = {};
  asked.device = "net_ring1";
  EXPECT_EQ(Port::open(asked).info().offloads, Offloads{});
}

TEST_F(PortTest, QueuePairsAreIndependent) {
  PortConfig asked = config("net_null0,size=64");
  asked.queue_pairs = 2;
  Port port = Port::open(asked);
  port.start();
  DpdkQueue second = port.queue(1);
  EXPECT_EQ(second.queue(), 1);
  EXPECT_EQ(second.port_id(), port.info().port_id);
  EXPECT_EQ(second.index(), 2);
  pkt::Packet* got = nullptr;
  ASSERT_EQ(second.rx_burst({&got, 1}), 1u);
  got->free();
}

TEST_F(PortTest, ADeviceCannotBeOpenedTwiceButAgainAfterItsClose) {
  {
    Port first = Port::open(config("net_null0"));
    expect_part(error_of(config("net_null0")), "cannot open port 'net_null0': it is open already; close it first");
    Port moved = std::move(first);
    EXPECT_NE(error_of(config("net_null0")), "none");
  }
  EXPECT_EQ(error_of(config("net_null0")), "none");
  EXPECT_NE(rte_eal_hotplug_remove("vdev", "net_null0"), 0);  // what we attached is detached
}

TEST_F(PortTest, ADeviceThatEalHasIsUsedAsItIsAndNotDetached) {
  ASSERT_EQ(rte_dev_probe("net_null7,size=77"), 0);
  std::uint16_t id = 0;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_null7", &id), 0);
  {
    Port port = Port::open(config("net_null7"));
    EXPECT_EQ(port.info().port_id, id);
    port.start();
    pkt::Packet* got = nullptr;
    ASSERT_EQ(port.queue(0).rx_burst({&got, 1}), 1u);
    EXPECT_EQ(got->length(), 77);
    got->free();
  }
  EXPECT_EQ(rte_eal_hotplug_remove("vdev", "net_null7"), 0);
}

TEST_F(PortTest, UnusableRequestsSayWhatToDo) {
  expect_part(error_of(config("net_nonsense0")), "cannot open port 'net_nonsense0': DPDK cannot attach it");

  PortConfig no_pool = config("net_null0");
  no_pool.rx_pool = nullptr;
  expect_part(error_of(no_pool), "no packet pool");

  PortConfig queues = config("net_null0");
  queues.queue_pairs = 0;
  expect_part(error_of(queues), "0 queue pairs are asked for; it has 1 to ");
  queues.queue_pairs = 5000;
  expect_part(error_of(queues), "5000 queue pairs are asked for");

  PortConfig multicast = config("net_null0");
  multicast.mac = wire::MacAddress{{1, 0, 0, 0, 0, 1}};
  expect_part(error_of(multicast), "refuses the MAC address");
}

TEST_F(PortTest, AFrameMustFitABufferWhereTheDeviceCannotScatter) {
  PortConfig large = config("net_null0");
  large.mtu = 2048 - 18;
  EXPECT_EQ(error_of(large), "none");
  large.mtu = 2048 - 17;
  expect_part(error_of(large), "MTU 2031 needs buffers of 2049 bytes");
}

TEST_F(PortTest, NoRxInterruptMeansNoWait) {
  Port port = Port::open(config("net_null0"));
  port.start();
  DpdkQueue queue = port.queue(0);
  EXPECT_FALSE(port.info().rx_interrupt);
  EXPECT_FALSE(queue.enable_rx_interrupt());
  EXPECT_EQ(queue.epoll_fd(), -1);
  EXPECT_FALSE(queue.wait(hours{1}));  // returns at once
}

TEST_F(PortTest, LinkIsUpAfterStartAndStartingTwiceIsHarmless) {
  Port port = Port::open(config("net_ring_link"));
  EXPECT_FALSE(port.link().up);
  port.start();
  port.start();
  EXPECT_TRUE(port.link().up);
  port.stop();
  EXPECT_FALSE(port.link().up);
  port.start();
  EXPECT_TRUE(port.link().up);
  port.close();
  port.close();
}

}  // namespace
}  // namespace millrace::io
