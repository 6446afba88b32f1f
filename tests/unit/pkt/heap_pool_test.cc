// Packet pools on the heap, in a program that never starts EAL: they behave as DPDK's do.
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "pkt/packet_pool.h"
#include "pkt/packet_queue.h"

namespace millrace::pkt {
namespace {

PoolConfig heap(std::uint32_t packets, std::uint16_t data_size = 512) {
  return {.name = "heap", .packets = packets, .data_size = data_size, .memory = PoolMemory::Heap};
}

TEST(HeapPoolTest, PacketsAreFreshAndOfTheSizeAskedFor) {
  PacketPool pool{heap(3)};
  EXPECT_EQ(pool.size(), 3u);
  EXPECT_EQ(pool.available(), 3u);
  for (int round = 0; round < 5; ++round) {
    Packet* packet = pool.alloc();
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(packet->headroom(), kHeadroom);
    EXPECT_EQ(packet->tailroom(), 512);
    EXPECT_EQ(packet->length(), 0);
    EXPECT_TRUE(packet->exclusive());
    EXPECT_EQ(packet->meta(), PacketMeta{});
    EXPECT_EQ(packet->truesize(), pool.packet_truesize());
    std::memset(packet->append(512), 0xab, 512);
    packet->meta().seq = 7;
    packet->free();
  }
  EXPECT_EQ(pool.available(), 3u);
}

TEST(HeapPoolTest, ExhaustionIsAnOrdinaryResultAndEveryPacketIsAnother) {
  PacketPool pool{heap(100, 64)};
  std::vector<Packet*> taken;
  while (Packet* packet = pool.alloc()) {
    std::memset(packet->append(64), static_cast<int>(taken.size()), 64);
    taken.push_back(packet);
  }
  ASSERT_EQ(taken.size(), 100u);
  for (std::size_t i = 0; i < taken.size(); ++i)
    for (const std::byte value : taken[i]->bytes()) ASSERT_EQ(value, static_cast<std::byte>(i));
  for (Packet* packet : taken) packet->free();
  EXPECT_EQ(pool.available(), 100u);
}

TEST(HeapPoolTest, ChainsAndIndirectPacketsReturnToTheirPools) {
  PacketPool data{heap(4)}, control{heap(4, 64)};
  Packet* target = data.alloc();
  std::memset(target->append(100), 1, 100);
  Packet* head = control.alloc();
  Packet* indirect = control.alloc_indirect(*target, target->headroom(), 100);
  ASSERT_NE(indirect, nullptr);
  EXPECT_FALSE(target->exclusive());
  chain(*head, *indirect);
  target->free();
  EXPECT_EQ(data.available(), 3u);
  head->free();
  EXPECT_EQ(data.available(), 4u);
  EXPECT_EQ(control.available(), 4u);
}

TEST(HeapPoolTest, TwoPoolsOfOneNameLiveSideBySide) {
  PacketPool a{heap(1)}, b{heap(1)};
  Packet* of_a = a.alloc();
  Packet* of_b = b.alloc();
  EXPECT_EQ(a.available() + b.available(), 0u);
  of_b->free();
  of_a->free();
  EXPECT_EQ(a.available(), 1u);
  EXPECT_EQ(b.available(), 1u);
}

TEST(HeapPoolTest, APoolOfNothingIsRefused) {
  EXPECT_THROW(PacketPool{heap(0)}, std::runtime_error);
  EXPECT_THROW((PacketPool{heap(1, 65535)}), std::runtime_error);
}

}  // namespace
}  // namespace millrace::pkt
