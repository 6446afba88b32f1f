// PacketPool: fresh packets, exhaustion as an ordinary result, indirect packets in every release order, readable
// errors.
#include "pkt/packet_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/heap_packet.h"

namespace millrace::pkt {
namespace {

std::string error_of(const PoolConfig& config) {
  try {
    PacketPool pool{config};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(PacketPoolTest, ExhaustionIsAnOrdinaryResultAndThePoolFillsAgain) {
  PacketPool pool{{.name = "small", .packets = 7, .data_size = 64, .cache = 0}};
  EXPECT_EQ(pool.size(), 7u);
  std::vector<Packet*> taken;
  for (std::uint32_t left = 7; left > 0; --left) {
    EXPECT_EQ(pool.available(), left);
    taken.push_back(pool.alloc());
    ASSERT_NE(taken.back(), nullptr);
  }
  EXPECT_EQ(pool.available(), 0u);
  EXPECT_EQ(pool.alloc(), nullptr);
  EXPECT_EQ(pool.alloc_indirect(*taken[0], 0, 1), nullptr);
  EXPECT_TRUE(taken[0]->exclusive());  // a failed alloc_indirect leaves no reference behind
  for (Packet* packet : taken) packet->free();
  EXPECT_EQ(pool.available(), 7u);
}

TEST(PacketPoolTest, CacheTooLargeForThePoolIsCut) {
  PacketPool pool{{.name = "cut", .packets = 3, .cache = 512}};
  Packet* packet = pool.alloc();
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(pool.available(), 2u);
  packet->free();
  EXPECT_EQ(pool.available(), 3u);
  EXPECT_EQ(pool.mempool()->cache_size, 2u);
}

TEST(PacketPoolTest, CacheWithinTheLimitsIsTakenAsAsked) {
  PacketPool asked{{.name = "asked", .packets = 300, .data_size = 64, .cache = 200}};
  EXPECT_EQ(asked.mempool()->cache_size, 200u);
  PacketPool uncached{{.name = "uncached", .packets = 300, .data_size = 64, .cache = 0}};
  EXPECT_EQ(uncached.mempool()->cache_size, 0u);
  PacketPool largest{{.name = "largest", .packets = 2000, .data_size = 64, .cache = 5000}};
  EXPECT_EQ(largest.mempool()->cache_size, std::uint32_t{RTE_MEMPOOL_CACHE_MAX_SIZE});
}

TEST(PacketPoolTest, PacketsComeFreshEvenAfterUse) {
  PacketPool pool{{.name = "fresh", .packets = 1, .data_size = 64, .cache = 0}};
  Packet* packet = pool.alloc();
  packet->append(60);
  packet->prepend(20);
  packet->meta().port = 3;
  packet->meta().seq = 2;
  packet->meta().queue_next = packet;
  packet->meta().tree_hook[3] = 9;
  packet->mbuf()->ol_flags = RTE_MBUF_F_TX_IP_CKSUM;
  packet->free();

  packet = pool.alloc();
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(packet->length(), 0);
  EXPECT_EQ(packet->headroom(), kHeadroom);
  EXPECT_EQ(packet->tailroom(), 64);
  EXPECT_EQ(packet->mbuf()->ol_flags, 0u);
  EXPECT_TRUE(packet->meta() == PacketMeta{});
  packet->free();
}

TEST(PacketPoolTest, ResetMetaClearsWhatAnEarlierUseLeft) {
  PacketPool pool{{.name = "reset", .packets = 1, .cache = 0}};
  Packet* packet = pool.alloc();
  packet->meta().seq = 77;
  packet->meta().vlan = 5;
  packet->meta().tree_hook[0] = 1;
  reset_meta(*packet);
  EXPECT_TRUE(packet->meta() == PacketMeta{});
  packet->free();
}

class IndirectTest : public testing::Test {
 protected:
  Packet* target() {
    Packet* packet = pool_.alloc();
    std::memcpy(packet->append(10), "0123456789", 10);
    return packet;
  }
  void TearDown() override { EXPECT_EQ(pool_.available(), 4u); }
  PacketPool pool_{{.name = "indirect", .packets = 4, .data_size = 64, .cache = 0}};
};

TEST_F(IndirectTest, ShowsExactlyTheBytesAskedFor) {
  Packet* packet = target();
  packet->meta().seq = 5;
  packet->mbuf()->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM;
  packet->mbuf()->l2_len = 14;
  Packet* indirect = pool_.alloc_indirect(*packet, kHeadroom + 2, 5);
  ASSERT_NE(indirect, nullptr);
  EXPECT_EQ(indirect->data(), packet->data() + 2);
  EXPECT_EQ(indirect->length(), 5);
  EXPECT_EQ(indirect->total_length(), 5u);
  EXPECT_TRUE(indirect->contiguous());
  EXPECT_EQ(indirect->meta().seq, 0u);  // a meta of its own, fresh
  EXPECT_EQ(indirect->mbuf()->ol_flags, RTE_MBUF_F_INDIRECT);
  EXPECT_EQ(indirect->mbuf()->tx_offload, 0u);
  EXPECT_EQ(indirect->truesize(), packet->truesize());
  indirect->free();
  packet->free();
}

TEST_F(IndirectTest, KnowsTheSumOfExactlyTheSameBytes) {
  Packet* packet = target();
  packet->know_sum(kHeadroom + 2, 5, 0x1234);
  const struct {
    std::uint16_t offset, length, summed;
  } cases[] = {{2, 5, 5}, {2, 4, 0}, {3, 4, 0}, {2, 6, 0}, {0, 7, 5}, {0, 2, 0}};
  for (const auto& c : cases) {
    Packet* indirect = pool_.alloc_indirect(*packet, static_cast<std::uint16_t>(kHeadroom + c.offset), c.length);
    EXPECT_EQ(indirect->summed_tail(), c.summed) << c.offset << ' ' << c.length;
    EXPECT_EQ(indirect->meta().sum, 0x1234);
    indirect->free();
  }
  packet->free();
}

TEST_F(IndirectTest, ReachesTheLastByteOfTheBuffer) {
  Packet* packet = target();
  Packet* indirect = pool_.alloc_indirect(*packet, 0, kHeadroom + 64);
  EXPECT_EQ(indirect->tailroom(), 0);
  EXPECT_EQ(indirect->headroom(), 0);
  indirect->free();
  packet->free();
}

TEST_F(IndirectTest, TargetFreedFirstStaysReadableAndReturnsWithTheIndirect) {
  Packet* packet = target();
  Packet* indirect = pool_.alloc_indirect(*packet, kHeadroom, 10);
  EXPECT_EQ(pool_.available(), 2u);
  packet->free();
  EXPECT_EQ(pool_.available(), 2u);
  EXPECT_EQ(std::memcmp(indirect->data(), "0123456789", 10), 0);
  indirect->free();
  EXPECT_EQ(pool_.available(), 4u);
}

TEST_F(IndirectTest, IndirectFreedFirstLeavesTheTargetExclusive) {
  Packet* packet = target();
  Packet* first = pool_.alloc_indirect(*packet, kHeadroom, 5);
  Packet* second = pool_.alloc_indirect(*packet, kHeadroom + 5, 5);
  EXPECT_EQ(rte_mbuf_refcnt_read(packet->mbuf()), 3);
  second->free();
  EXPECT_EQ(rte_mbuf_refcnt_read(packet->mbuf()), 2);
  EXPECT_FALSE(packet->exclusive());
  first->free();
  EXPECT_TRUE(packet->exclusive());
  packet->free();
}

TEST_F(IndirectTest, AnIndirectOfAnIndirectRefersToTheOwnerOfTheBytes) {
  Packet* packet = target();
  Packet* first = pool_.alloc_indirect(*packet, kHeadroom, 8);
  Packet* second = pool_.alloc_indirect(*first, kHeadroom + 1, 3);
  first->free();
  packet->free();
  EXPECT_EQ(pool_.available(), 2u);
  EXPECT_EQ(std::memcmp(second->data(), "123", 3), 0);
  second->free();
}

TEST_F(IndirectTest, OverAHeapPacketKeepsTheBlockAlive) {
  const std::byte bytes[3] = {std::byte{7}, std::byte{8}, std::byte{9}};
  Packet* packet = test::make_heap_packet(pool_, bytes, {.headroom = 4});
  Packet* indirect = pool_.alloc_indirect(*packet, 5, 2);
  packet->free();
  EXPECT_EQ(indirect->data()[0], std::byte{8});
  EXPECT_EQ(indirect->data()[1], std::byte{9});
  indirect->free();
}

TEST(PacketPoolBulkTest, AllOrNone) {
  PacketPool pool{{.name = "bulk", .packets = 7, .data_size = 64}};
  std::vector<Packet*> five(5), three(3);
  ASSERT_TRUE(pool.alloc_bulk(five));
  for (const Packet* packet : five) {
    EXPECT_EQ(packet->length(), 0);
    EXPECT_EQ(packet->headroom(), kHeadroom);
  }
  EXPECT_FALSE(pool.alloc_bulk(three));
  EXPECT_EQ(pool.available(), 2u);
  five[0]->add_reference();
  free_bulk(five);
  EXPECT_EQ(pool.available(), 6u);
  five[0]->free();
  EXPECT_EQ(pool.available(), 7u);
  free_bulk({});
}

TEST(PacketPoolErrorTest, SecondPoolOfTheSameNameIsRefusedWithTheReason) {
  PacketPool pool{{.name = "twice", .packets = 7, .data_size = 64}};
  const std::string error = error_of({.name = "twice", .packets = 7, .data_size = 64});
  EXPECT_NE(error.find("'twice' of 7 packets with 64 bytes"), std::string::npos) << error;
  EXPECT_NE(error.find("File exists"), std::string::npos) << error;
}

TEST(PacketPoolErrorTest, APoolTooLargeForTheMemoryIsRefusedWithTheNextStep) {
  const std::string error = error_of({.name = "huge", .packets = 10'000'000});
  EXPECT_NE(error.find("Cannot allocate memory"), std::string::npos) << error;
  EXPECT_NE(error.find("more memory"), std::string::npos) << error;
}

TEST(PacketPoolErrorTest, TheBufferIsAtMost65535BytesWithHeadroom) {
  EXPECT_EQ(error_of({.name = "largest", .packets = 3, .data_size = 65535 - kHeadroom}), "none");
  const std::string error = error_of({.name = "beyond", .packets = 3, .data_size = 65536 - kHeadroom});
  EXPECT_NE(error.find("at most 65535"), std::string::npos) << error;
}

TEST(PacketPoolErrorTest, NameOf25CharactersIsTheLongest) {
  EXPECT_EQ(error_of({.name = std::string(25, 'n'), .packets = 3}), "none");
  EXPECT_NE(error_of({.name = std::string(26, 'n'), .packets = 3}), "none");
}

}  // namespace
}  // namespace millrace::pkt
