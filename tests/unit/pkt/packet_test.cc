// Packet: who may write to it, and how the NIC's checksum verdict is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "pkt/packet_pool.h"
#include "support/heap_packet.h"

namespace millrace::pkt {
namespace {

constexpr std::array<std::byte, 4> kBytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

class PacketTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(pool_.available(), pool_.size()); }
  PacketPool pool_{{.name = "packet", .packets = 63, .data_size = 256}};
};

TEST_F(PacketTest, PoolTellsWhetherSoManyAreFree) {
  EXPECT_TRUE(pool_.has_available(63));
  EXPECT_FALSE(pool_.has_available(64));
  Packet* packet = pool_.alloc();
  EXPECT_TRUE(pool_.has_available(62));
  EXPECT_FALSE(pool_.has_available(63));
  packet->free();
}

TEST_F(PacketTest, PoolPacketIsExclusiveUntilSomebodyElseRefersToIt) {
  Packet* packet = pool_.alloc();
  EXPECT_TRUE(packet->exclusive());
  packet->add_reference();
  EXPECT_FALSE(packet->exclusive());
  packet->free();
  EXPECT_TRUE(packet->exclusive());
  packet->free();
}

TEST_F(PacketTest, HeapPacketIsExclusiveUntilItsMbufIsShared) {
  Packet* packet = test::make_heap_packet(pool_, kBytes);
  EXPECT_TRUE(packet->exclusive());
  packet->add_reference();
  EXPECT_FALSE(packet->exclusive());
  packet->free();
  EXPECT_TRUE(packet->exclusive());
  packet->free();
}

TEST_F(PacketTest, HeapPacketIsNotExclusiveWhileAnIndirectPacketRefersToItsBuffer) {
  Packet* packet = test::make_heap_packet(pool_, kBytes);
  Packet* indirect = pool_.alloc_indirect(*packet, packet->headroom(), 2);
  EXPECT_FALSE(packet->exclusive());
  EXPECT_FALSE(indirect->exclusive());
  indirect->free();
  EXPECT_TRUE(packet->exclusive());
  packet->free();
}

TEST_F(PacketTest, PoolPacketIsNotExclusiveWhileAnIndirectPacketRefersToIt) {
  Packet* packet = pool_.alloc();
  packet->append(4);
  Packet* indirect = pool_.alloc_indirect(*packet, packet->headroom(), 4);
  EXPECT_FALSE(packet->exclusive());
  packet->free();
  // The last reference to the bytes is the indirect packet's, yet they lie in another mbuf's buffer.
  EXPECT_FALSE(indirect->exclusive());
  indirect->free();
}

TEST_F(PacketTest, PrependAppendAndTrimMoveBothEnds) {
  Packet* packet = pool_.alloc();
  EXPECT_EQ(packet->headroom(), kHeadroom);
  EXPECT_EQ(packet->tailroom(), 256);
  EXPECT_EQ(packet->length(), 0);
  std::byte* const start = packet->data();

  EXPECT_EQ(packet->append(10), start);
  EXPECT_EQ(packet->prepend(4), start - 4);
  EXPECT_EQ(packet->length(), 14);
  EXPECT_EQ(packet->total_length(), 14u);
  EXPECT_EQ(packet->headroom(), kHeadroom - 4);
  EXPECT_EQ(packet->tailroom(), 246);

  packet->trim_front(5);
  EXPECT_EQ(packet->data(), start + 1);
  EXPECT_EQ(packet->length(), 9);
  EXPECT_EQ(packet->total_length(), 9u);
  EXPECT_TRUE(packet->trim_back(9));
  EXPECT_EQ(packet->length(), 0);
  EXPECT_EQ(packet->total_length(), 0u);
  EXPECT_EQ(packet->append(246), start + 1);
  EXPECT_EQ(packet->tailroom(), 9);
  packet->free();
}

TEST_F(PacketTest, TheWholeHeadroomAndTailroomCanBeUsed) {
  Packet* packet = pool_.alloc();
  packet->append(packet->tailroom());
  packet->prepend(packet->headroom());
  EXPECT_EQ(packet->length(), kHeadroom + 256);
  EXPECT_EQ(packet->headroom(), 0);
  EXPECT_EQ(packet->tailroom(), 0);
  packet->free();
}

TEST_F(PacketTest, SetDataMakesAnUnchainedPacketOfExactlyThatRange) {
  Packet* head = pool_.alloc();
  Packet* tail = pool_.alloc();
  head->append(3);
  tail->append(5);
  chain(*head, *tail);
  head->set_data(7, 20);
  EXPECT_TRUE(head->contiguous());
  EXPECT_EQ(head->next_segment(), nullptr);
  EXPECT_EQ(head->headroom(), 7);
  EXPECT_EQ(head->length(), 20);
  EXPECT_EQ(head->total_length(), 20u);
  head->free();
  tail->free();
}

TEST_F(PacketTest, ChainAddsLengthsAndSegments) {
  Packet* first = pool_.alloc();
  Packet* second = pool_.alloc();
  Packet* third = pool_.alloc();
  first->append(3);
  second->append(5);
  third->append(7);
  chain(*second, *third);
  EXPECT_TRUE(first->contiguous());
  chain(*first, *second);
  EXPECT_FALSE(first->contiguous());
  EXPECT_EQ(first->mbuf()->nb_segs, 3);
  EXPECT_EQ(first->length(), 3);
  EXPECT_EQ(first->total_length(), 15u);
  EXPECT_EQ(first->next_segment(), second);
  EXPECT_EQ(second->next_segment(), third);
  EXPECT_EQ(third->next_segment(), nullptr);
  first->trim_front(2);
  EXPECT_EQ(first->total_length(), 13u);
  first->free();  // frees the whole chain: TearDown sees a full pool
}

TEST_F(PacketTest, TrimBackShortensTheLastSegmentOfAChainOnly) {
  Packet* head = pool_.alloc();
  Packet* tail = pool_.alloc();
  head->append(3);
  tail->append(5);
  chain(*head, *tail);
  EXPECT_FALSE(head->trim_back(6));
  EXPECT_FALSE(head->trim_back(0x1'0001));  // in 16 bits it would be 1
  EXPECT_EQ(head->total_length(), 8u);
  EXPECT_TRUE(head->trim_back(0));
  EXPECT_TRUE(head->trim_back(5));
  EXPECT_EQ(head->total_length(), 3u);
  EXPECT_EQ(head->length(), 3);
  EXPECT_EQ(tail->length(), 0);
  head->free();
}

TEST_F(PacketTest, ItsMetaLeadsBackToThePacket) {
  Packet* packet = pool_.alloc();
  EXPECT_EQ(&Packet::of(packet->meta()), packet);
  packet->free();
}

TEST_F(PacketTest, RequestedChecksumsComeWithTheLengthsOfTheHeaders) {
  Packet* packet = pool_.alloc();
  const std::uint64_t before = packet->mbuf()->ol_flags;
  packet->request_checksums({.v4 = true, .ip = true, .tcp = true, .l2_length = 18, .l3_length = 20, .l4_length = 32});
  EXPECT_EQ(packet->mbuf()->ol_flags, before | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
  EXPECT_EQ(packet->mbuf()->l2_len, 18u);
  EXPECT_EQ(packet->mbuf()->l3_len, 20u);
  EXPECT_EQ(packet->mbuf()->l4_len, 32u);
  packet->clear_offloads();
  packet->request_checksums({.tcp = true, .l2_length = 14, .l3_length = 40, .l4_length = 20});
  EXPECT_EQ(packet->mbuf()->ol_flags, before | RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM);
  packet->free();
}

TEST_F(PacketTest, SliceStaysTrueWhileHeadersAreWrittenInFront) {
  Packet* packet = test::make_heap_packet(pool_, kBytes, {.headroom = 8, .tailroom = 2});
  packet->trim_front(1);
  packet->data_to_slice();
  EXPECT_EQ(packet->meta().slice_offset, 9);
  EXPECT_EQ(packet->meta().slice_length, 3);
  packet->prepend(9);
  EXPECT_EQ(packet->slice().size(), 3u);
  EXPECT_EQ(packet->slice().data(), packet->data() + 9);
  EXPECT_EQ(packet->slice()[0], std::byte{2});
  EXPECT_EQ(packet->slice()[2], std::byte{4});
  packet->free();
}

TEST_F(PacketTest, ASumIsThatOfItsBytesOnly) {
  Packet* packet = test::make_heap_packet(pool_, kBytes, {.headroom = 8, .tailroom = 2});
  EXPECT_EQ(packet->summed_tail(), 0);
  packet->know_sum(9, 3, 0x1234);
  EXPECT_EQ(packet->summed_tail(), 3);  // a byte that is not summed stands before them
  packet->trim_front(1);
  EXPECT_EQ(packet->summed_tail(), 3);
  packet->prepend(9);
  EXPECT_EQ(packet->summed_tail(), 3);
  packet->set_data(10, 2);
  EXPECT_EQ(packet->summed_tail(), 0);  // cut at the front
  packet->set_data(9, 2);
  EXPECT_EQ(packet->summed_tail(), 0);  // cut at the end
  packet->set_data(9, 3);
  EXPECT_EQ(packet->summed_tail(), 3);
  packet->append(1);
  EXPECT_EQ(packet->summed_tail(), 0);
  packet->set_data(9, 3);
  packet->forget_sum();
  EXPECT_EQ(packet->summed_tail(), 0);
  packet->free();
}

TEST_F(PacketTest, TruesizeIsTheWholeBufferPlusItsMbuf) {
  Packet* pooled = pool_.alloc();
  Packet* heap = test::make_heap_packet(pool_, kBytes, {.headroom = 8, .tailroom = 2});
  EXPECT_EQ(pooled->truesize(), 256u + 128 + 128 + 128);  // data, headroom, mbuf, private area
  EXPECT_EQ(heap->truesize(), 8u + 4 + 2 + 128 + 128);
  pooled->append(100);
  EXPECT_EQ(pooled->truesize(), 640u);
  pooled->free();
  heap->free();
}

TEST_F(PacketTest, HeapPacketHasExactlyTheRoomAskedFor) {
  Packet* packet = test::make_heap_packet(pool_, kBytes, {.headroom = 3, .tailroom = 5});
  EXPECT_EQ(packet->headroom(), 3);
  EXPECT_EQ(packet->tailroom(), 5);
  EXPECT_TRUE(std::ranges::equal(packet->bytes(), kBytes));
  packet->free();
  Packet* tight = test::make_heap_packet(pool_, kBytes, {.headroom = 0});
  EXPECT_EQ(tight->headroom(), 0);
  EXPECT_EQ(tight->tailroom(), 0);
  tight->free();
}

struct ChecksumFlags {
  std::uint64_t ip, l4;
  RxChecksum verdict;
};

class PacketChecksumTest : public PacketTest, public testing::WithParamInterface<ChecksumFlags> {};

TEST_P(PacketChecksumTest, EachLayerReadsItsOwnFlags) {
  Packet* packet = pool_.alloc();
  packet->mbuf()->ol_flags = GetParam().ip;
  EXPECT_EQ(packet->rx_ip_checksum(), GetParam().verdict);
  EXPECT_EQ(packet->rx_l4_checksum(), RxChecksum::Unknown);
  packet->mbuf()->ol_flags = GetParam().l4 | RTE_MBUF_F_RX_RSS_HASH;
  EXPECT_EQ(packet->rx_ip_checksum(), RxChecksum::Unknown);
  EXPECT_EQ(packet->rx_l4_checksum(), GetParam().verdict);
  packet->free();
}

INSTANTIATE_TEST_SUITE_P(
    AllVerdicts, PacketChecksumTest,
    testing::Values(ChecksumFlags{RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, RxChecksum::Unknown},
                    ChecksumFlags{RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_GOOD, RxChecksum::Good},
                    ChecksumFlags{RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_BAD, RxChecksum::Bad},
                    ChecksumFlags{RTE_MBUF_F_RX_IP_CKSUM_NONE, RTE_MBUF_F_RX_L4_CKSUM_NONE, RxChecksum::None}));

}  // namespace
}  // namespace millrace::pkt
