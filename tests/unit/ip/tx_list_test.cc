#include "ip/tx_list.h"

#include "unit/ip/ip_fixture.h"

namespace millrace::ip {
namespace {

TEST(TxList, IsAFifoOfFixedCapacity) {
  pkt::PacketPool& pool = test::pool();
  std::vector<pkt::Packet*> packets;
  for (int i = 0; i < 5; ++i) packets.push_back(pool.alloc());
  TxList list{3};
  EXPECT_EQ(list.room(), 3u);
  EXPECT_TRUE(list.pending().empty());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(list.push(*packets[i]));
  EXPECT_EQ(list.room(), 0u);
  EXPECT_FALSE(list.push(*packets[3]));
  list.consume(2);
  EXPECT_EQ(list.room(), 2u);
  ASSERT_EQ(list.pending().size(), 1u);
  EXPECT_EQ(list.pending()[0], packets[2]);
  EXPECT_TRUE(list.push(*packets[3]));
  EXPECT_TRUE(list.push(*packets[4]));
  EXPECT_FALSE(list.push(*packets[0]));
  ASSERT_EQ(list.pending().size(), 3u);
  EXPECT_EQ(list.pending()[1], packets[3]);
  EXPECT_EQ(list.pending()[2], packets[4]);
  list.consume(3);
  EXPECT_EQ(list.room(), 3u);
  for (auto* p : packets) p->free();
}

TEST(TxList, RunsForEverWithoutGrowing) {
  pkt::PacketPool& pool = test::pool();
  std::vector<pkt::Packet*> packets;
  for (int i = 0; i < 4; ++i) packets.push_back(pool.alloc());
  TxList list{4};
  ASSERT_TRUE(list.push(*packets[0]) && list.push(*packets[1]) && list.push(*packets[2]));
  std::size_t next = 3, oldest = 0;
  for (int turn = 0; turn < 100; ++turn) {
    ASSERT_TRUE(list.push(*packets[next++ % 4]));
    ASSERT_EQ(list.pending().size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(list.pending()[i], packets[(oldest + i) % 4]);
    list.consume(1);
    ++oldest;
  }
  list.consume(3);
  for (auto* p : packets) p->free();
}

TEST(TxList, FreesWhatIsLeft) {
  pkt::PacketPool& pool = test::pool();
  {
    TxList list{2};
    ASSERT_TRUE(list.push(*pool.alloc()));
    ASSERT_TRUE(list.push(*pool.alloc()));
    pkt::Packet* gone = list.pending()[0];
    list.consume(1);
    gone->free();
  }
  EXPECT_EQ(pool.available(), pool.size());
}

}  // namespace
}  // namespace millrace::ip
