// Packet: who may write to it, and how the NIC's checksum verdict is read.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace millrace::pkt
