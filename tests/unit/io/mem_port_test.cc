// MemPort: order, counters, a full ring, an empty pool, lazy completion, chains and checksum offload.
#include "io/mem_port.h"

#include <gtest/gtest.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace::io {
namespace {

class MemPortTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPackets = 15;

  void TearDown() override {
    port_.complete();
    EXPECT_EQ(pool_.available(), kPackets);
  }
  static Frame frame(std::string_view text) {
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
  }
  pkt::Packet* packet(std::string_view text) {
    pkt::Packet* made = pool_.alloc();
    std::memcpy(made->append(static_cast<std::uint16_t>(text.size())), text.data(), text.size());
    return made;
  }
  std::size_t send(std::string_view text) {
    pkt::Packet* one = packet(text);
    return port_.tx_burst({&one, 1});
  }
  static std::string text(const pkt::Packet& packet) {
    return {reinterpret_cast<const char*>(packet.data()), packet.length()};
  }

  pkt::PacketPool pool_{{.name = "memport", .packets = kPackets, .data_size = 256, .cache = 0}};
  MemPort port_{pool_, {.index = 3}};
};

TEST_F(MemPortTest, DeliversInOrderAndNoMoreThanThereIsRoomFor) {
  for (const char* text : {"one", "two", "three"}) port_.deliver(frame(text));
  EXPECT_EQ(port_.rx_pending(), 3u);
  std::array<pkt::Packet*, 4> room{};
  ASSERT_EQ(port_.rx_burst(std::span{room}.first(2)), 2u);
  EXPECT_EQ(text(*room[0]), "one");
  EXPECT_EQ(text(*room[1]), "two");
  EXPECT_EQ(port_.rx_pending(), 1u);
  ASSERT_EQ(port_.rx_burst(std::span{room}.subspan(2)), 1u);
  EXPECT_EQ(text(*room[2]), "three");
  EXPECT_EQ(room[3], nullptr);
  EXPECT_EQ(port_.rx_burst(room), 0u);
  EXPECT_EQ(port_.counters().rx_packets, 3u);
  EXPECT_EQ(port_.counters().rx_bytes, 11u);
  for (pkt::Packet* p : std::span{room}.first(3)) p->free();
}

TEST_F(MemPortTest, ReceivedPacketIsFreshExclusiveAndExactlyAsLargeAsTheFrame) {
  port_.deliver(frame("abcd"));
  pkt::Packet* got = nullptr;
  ASSERT_EQ(port_.rx_burst({&got, 1}), 1u);
  EXPECT_EQ(got->headroom(), 128);
  EXPECT_EQ(got->tailroom(), 0);
  EXPECT_TRUE(got->contiguous());
  EXPECT_TRUE(got->exclusive());
  EXPECT_EQ(got->meta().port, 3);
  EXPECT_EQ(got->meta().slice_length, 0);
  EXPECT_EQ(got->rx_ip_checksum(), pkt::RxChecksum::Unknown);
  got->free();
}

TEST_F(MemPortTest, AnEmptyFrameArrivesEmpty) {
  MemPort bare{pool_, {.rx_headroom = 0}};
  bare.deliver({});
  pkt::Packet* got = nullptr;
  ASSERT_EQ(bare.rx_burst({&got, 1}), 1u);
  EXPECT_EQ(got->length(), 0);
  got->free();
}

TEST_F(MemPortTest, WithoutBuffersFramesAreLostAndCounted) {
  std::array<pkt::Packet*, kPackets> taken;
  for (pkt::Packet*& p : taken) p = pool_.alloc();
  taken[0]->free();
  for (const char* text : {"a", "b", "c"}) port_.deliver(frame(text));
  std::array<pkt::Packet*, 4> room{};
  ASSERT_EQ(port_.rx_burst(room), 1u);
  EXPECT_EQ(text(*room[0]), "a");
  EXPECT_EQ(port_.counters().rx_no_buffer, 2u);
  EXPECT_EQ(port_.counters().rx_packets, 1u);
  EXPECT_EQ(port_.rx_pending(), 0u);
  room[0]->free();
  for (pkt::Packet* p : std::span{taken}.subspan(1)) p->free();
}

TEST_F(MemPortTest, LongFramesArriveAsChains) {
  MemPort scattered{pool_, {.index = 1, .rx_headroom = 8, .rx_segment = 4}};
  scattered.deliver(frame("abcdefghi"));
  scattered.deliver(frame("wxyz"));
  std::array<pkt::Packet*, 2> room{};
  ASSERT_EQ(scattered.rx_burst(room), 2u);
  EXPECT_EQ(room[0]->mbuf()->nb_segs, 3);
  EXPECT_EQ(room[0]->total_length(), 9u);
  EXPECT_EQ(text(*room[0]), "abcd");
  EXPECT_EQ(text(*room[0]->next_segment()), "efgh");
  EXPECT_EQ(text(*room[0]->next_segment()->next_segment()), "i");
  EXPECT_EQ(room[0]->meta().port, 1);
  EXPECT_TRUE(room[1]->contiguous());
  EXPECT_EQ(text(*room[1]), "wxyz");
  for (pkt::Packet* p : room) p->free();
}

TEST_F(MemPortTest, AChainThatRunsOutOfBuffersIsOneLostFrame) {
  MemPort scattered{pool_, {.rx_segment = 1}};
  scattered.deliver(Frame(kPackets + 1));
  scattered.deliver(Frame(kPackets));
  pkt::Packet* got = nullptr;
  ASSERT_EQ(scattered.rx_burst({&got, 1}), 1u);
  EXPECT_EQ(got->total_length(), kPackets);
  EXPECT_EQ(scattered.counters().rx_no_buffer, 1u);
  EXPECT_EQ(scattered.counters().rx_bytes, kPackets);
  got->free();
}

TEST_F(MemPortTest, RxVerdictAppliesToBothLayers) {
  using pkt::RxChecksum;
  for (RxChecksum verdict : {RxChecksum::Unknown, RxChecksum::Good, RxChecksum::Bad, RxChecksum::None}) {
    port_.set_rx_checksum(verdict);
    port_.deliver(frame("x"));
    pkt::Packet* got = nullptr;
    ASSERT_EQ(port_.rx_burst({&got, 1}), 1u);
    EXPECT_EQ(got->rx_ip_checksum(), verdict);
    EXPECT_EQ(got->rx_l4_checksum(), verdict);
    got->free();
  }
}

TEST_F(MemPortTest, TransmitsWholeChainsAndFreesThem) {
  pkt::Packet* chained = packet("head");
  pkt::chain(*chained, *packet("-"));
  pkt::chain(*chained, *packet("tail"));
  std::array<pkt::Packet*, 2> out{chained, packet("next")};
  EXPECT_EQ(port_.tx_burst(out), 2u);
  EXPECT_EQ(pool_.available(), kPackets);
  EXPECT_EQ(port_.held(), 0u);
  const std::deque<Frame> sent = port_.take_sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], frame("head-tail"));
  EXPECT_EQ(sent[1], frame("next"));
  EXPECT_EQ(port_.counters().tx_packets, 2u);
  EXPECT_EQ(port_.counters().tx_bytes, 13u);
  EXPECT_TRUE(port_.take_sent().empty());
}

TEST_F(MemPortTest, AFullRingTakesAPrefixUntilTheHarnessMakesRoom) {
  port_.set_tx_ring(2);
  std::array<pkt::Packet*, 3> out{packet("a"), packet("b"), packet("c")};
  EXPECT_EQ(port_.tx_burst(out), 2u);
  EXPECT_EQ(port_.counters().tx_refused, 1u);
  EXPECT_EQ(pool_.available(), kPackets - 1);
  EXPECT_EQ(port_.tx_burst(std::span{out}.subspan(2)), 0u);
  EXPECT_EQ(port_.counters().tx_refused, 2u);
  EXPECT_EQ(port_.take_sent().size(), 2u);
  EXPECT_EQ(port_.tx_burst(std::span{out}.subspan(2)), 1u);
  EXPECT_EQ(port_.take_sent().at(0), frame("c"));
  EXPECT_EQ(port_.counters().tx_packets, 3u);
  EXPECT_EQ(port_.counters().tx_refused, 2u);
}

TEST_F(MemPortTest, LazyCompletionHoldsTheLastPacketsSent) {
  port_.set_lazy_completion(2);
  EXPECT_EQ(send("a") + send("b"), 2u);
  EXPECT_EQ(port_.held(), 2u);
  EXPECT_EQ(pool_.available(), kPackets - 2);
  EXPECT_EQ(send("c"), 1u);
  EXPECT_EQ(port_.held(), 2u);
  EXPECT_EQ(pool_.available(), kPackets - 2);
  port_.set_lazy_completion(1);
  EXPECT_EQ(port_.held(), 1u);
  port_.set_lazy_completion(0);
  EXPECT_EQ(port_.held(), 0u);
  EXPECT_EQ(pool_.available(), kPackets);
}

TEST_F(MemPortTest, AHeldPacketIsNotExclusiveUntilItIsCompletedInOrder) {
  port_.set_lazy_completion(MemPort::kUnlimited);
  std::array<pkt::Packet*, 2> ours{packet("a"), packet("b")};
  for (pkt::Packet* p : ours) p->add_reference();
  EXPECT_EQ(port_.tx_burst(ours), 2u);
  EXPECT_FALSE(ours[0]->exclusive());
  port_.complete(0);
  EXPECT_EQ(port_.held(), 2u);
  port_.complete(1);
  EXPECT_TRUE(ours[0]->exclusive());
  EXPECT_FALSE(ours[1]->exclusive());
  port_.complete(5);
  EXPECT_TRUE(ours[1]->exclusive());
  for (pkt::Packet* p : ours) p->free();
}

TEST_F(MemPortTest, DestructionCompletesEverything) {
  {
    MemPort scoped{pool_};
    scoped.set_lazy_completion(MemPort::kUnlimited);
    pkt::Packet* one = packet("a");
    EXPECT_EQ(scoped.tx_burst({&one, 1}), 1u);
  }
  EXPECT_EQ(pool_.available(), kPackets);
}

/// Ethernet + IPv4 + TCP + payload, the checksums left to the NIC.
class MemPortChecksumTest : public MemPortTest {
 protected:
  static constexpr std::uint16_t kPayload = 5;

  pkt::Packet* tcp_packet(std::uint64_t flags) {
    pkt::Packet* made = pool_.alloc();
    std::byte* at = made->append(14 + 20 + 20 + kPayload);
    std::memset(at, 0x5a, made->length());
    auto* ip = reinterpret_cast<rte_ipv4_hdr*>(at + 14);
    *ip = {};
    ip->version_ihl = 0x45;
    ip->total_length = rte_cpu_to_be_16(20 + 20 + kPayload);
    ip->next_proto_id = 6;
    ip->src_addr = rte_cpu_to_be_32(0x0a000001);
    ip->dst_addr = rte_cpu_to_be_32(0x0a000002);
    ip->hdr_checksum = 0x1234;  // hardware ignores what stands here
    made->mbuf()->l2_len = 14;
    made->mbuf()->l3_len = 20;
    made->mbuf()->ol_flags |= flags | RTE_MBUF_F_TX_IPV4;
    auto* tcp = reinterpret_cast<rte_tcp_hdr*>(at + 34);
    tcp->cksum = rte_ipv4_phdr_cksum(ip, 0);
    return made;
  }
  Frame send_with(const Offloads& offloads, std::uint64_t flags) {
    port_.set_offloads(offloads);
    EXPECT_EQ(port_.offloads(), offloads);
    pkt::Packet* made = tcp_packet(flags);
    EXPECT_EQ(port_.tx_burst({&made, 1}), 1u);
    return port_.take_sent().at(0);
  }
  static bool ip_good(const Frame& frame) { return rte_raw_cksum(frame.data() + 14, 20) == 0xffff; }
  static bool tcp_good(const Frame& frame) {
    auto* ip = reinterpret_cast<const rte_ipv4_hdr*>(frame.data() + 14);
    const std::uint32_t sum = rte_ipv4_phdr_cksum(ip, 0) + rte_raw_cksum(frame.data() + 34, frame.size() - 34);
    return (sum & 0xffff) + (sum >> 16) == 0xffff;
  }
};

TEST_F(MemPortChecksumTest, AreCompletedWhenAskedForAndSupported) {
  const std::uint64_t both = RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM;
  const Frame full = send_with({.tx_ipv4_checksum = true, .tx_tcp_checksum = true}, both);
  EXPECT_TRUE(ip_good(full));
  EXPECT_TRUE(tcp_good(full));
  const Frame ip_only = send_with({.tx_ipv4_checksum = true, .tx_tcp_checksum = false}, both);
  EXPECT_TRUE(ip_good(ip_only));
  EXPECT_FALSE(tcp_good(ip_only));
  const Frame tcp_only = send_with({.tx_ipv4_checksum = false, .tx_tcp_checksum = true}, both);
  EXPECT_FALSE(ip_good(tcp_only));
  EXPECT_TRUE(tcp_good(tcp_only));
}

TEST_F(MemPortChecksumTest, AreLeftAloneWhenNotAskedFor) {
  const Offloads all{.tx_ipv4_checksum = true, .tx_tcp_checksum = true};
  const Frame none = send_with(all, 0);
  EXPECT_FALSE(ip_good(none));
  EXPECT_FALSE(tcp_good(none));
  EXPECT_TRUE(ip_good(send_with(all, RTE_MBUF_F_TX_IP_CKSUM)));
  EXPECT_FALSE(tcp_good(send_with(all, RTE_MBUF_F_TX_UDP_CKSUM)));
}

TEST_F(MemPortChecksumTest, AForgottenPseudoHeaderIsNotRepaired) {
  port_.set_offloads({.tx_tcp_checksum = true});
  pkt::Packet* made = tcp_packet(RTE_MBUF_F_TX_TCP_CKSUM);
  std::memset(made->data() + 34 + 16, 0, 2);
  EXPECT_EQ(port_.tx_burst({&made, 1}), 1u);
  EXPECT_FALSE(tcp_good(port_.take_sent().at(0)));
}

TEST_F(MemPortChecksumTest, AFrameTooShortForItsHeadersIsLeftAsItIs) {
  port_.set_offloads({.tx_ipv4_checksum = true, .tx_tcp_checksum = true});
  for (std::uint16_t length : {std::uint16_t{33}, std::uint16_t{53}}) {
    pkt::Packet* made = tcp_packet(length < 34 ? RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM
                                               : std::uint64_t{RTE_MBUF_F_TX_TCP_CKSUM});
    ASSERT_TRUE(made->trim_back(static_cast<std::uint16_t>(made->length() - length)));
    const Frame before(made->data(), made->data() + length);
    EXPECT_EQ(port_.tx_burst({&made, 1}), 1u);
    EXPECT_EQ(port_.take_sent().at(0), before) << length;
  }
  pkt::Packet* bare = tcp_packet(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
  bare->mbuf()->l3_len = 19;  // no IPv4 header is that short
  const Frame before(bare->data() + 14, bare->data() + 33);
  EXPECT_EQ(port_.tx_burst({&bare, 1}), 1u);
  const Frame sent = port_.take_sent().at(0);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), sent.begin() + 14));
}

TEST_F(MemPortChecksumTest, TheShortestFramesThatHoldTheirHeadersAreFilled) {
  port_.set_offloads({.tx_ipv4_checksum = true, .tx_tcp_checksum = true});
  pkt::Packet* header_only = tcp_packet(RTE_MBUF_F_TX_IP_CKSUM);
  ASSERT_TRUE(header_only->trim_back(20 + kPayload));
  EXPECT_EQ(port_.tx_burst({&header_only, 1}), 1u);
  EXPECT_TRUE(ip_good(port_.take_sent().at(0)));

  pkt::Packet* no_payload = tcp_packet(RTE_MBUF_F_TX_TCP_CKSUM);
  ASSERT_TRUE(no_payload->trim_back(kPayload));
  const std::uint16_t whole = rte_raw_cksum(no_payload->data() + 34, 20);
  EXPECT_EQ(port_.tx_burst({&no_payload, 1}), 1u);
  const Frame sent = port_.take_sent().at(0);
  std::uint16_t field = 0;
  std::memcpy(&field, sent.data() + 34 + 16, 2);
  EXPECT_EQ(field, static_cast<std::uint16_t>(~whole));
}

}  // namespace
}  // namespace millrace::io
