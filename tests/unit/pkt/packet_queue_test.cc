// PacketQueue: bytes() and truesize() are exact after every operation, references are given back exactly once.
#include "pkt/packet_queue.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "pkt/packet_pool.h"
#include "support/heap_packet.h"

namespace millrace::pkt {
namespace {

constexpr std::uint32_t kPoolTruesize = 64 + 128 + 128 + 128;

class PacketQueueTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPackets = 15;

  void TearDown() override {
    queue_.clear();
    EXPECT_EQ(pool_.available(), kPackets);
  }
  Packet& packet(std::string_view text) {
    Packet* made = pool_.alloc();
    std::memcpy(made->append(static_cast<std::uint16_t>(text.size())), text.data(), text.size());
    made->data_to_slice();
    return *made;
  }
  Packet& heap_packet(std::string_view text, std::uint16_t tailroom) {
    Packet* made = test::make_heap_packet(pool_, std::as_bytes(std::span{text}), {.headroom = 2, .tailroom = tailroom});
    made->data_to_slice();
    return *made;
  }
  static std::string content(PacketQueue& queue) {
    std::string all;
    for (Packet* p = queue.front(); p != nullptr; p = PacketQueue::next(*p))
      all.append(reinterpret_cast<const char*>(p->slice().data()), p->slice().size());
    return all;
  }
  static std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }
  std::uint32_t held() const { return kPackets - pool_.available(); }

  PacketPool pool_{{.name = "queue", .packets = kPackets, .data_size = 64, .cache = 0}};
  PacketQueue queue_;
};

TEST_F(PacketQueueTest, StartsEmpty) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.bytes(), 0u);
  EXPECT_EQ(queue_.truesize(), 0u);
  EXPECT_EQ(queue_.front(), nullptr);
  EXPECT_EQ(queue_.back(), nullptr);
  EXPECT_EQ(queue_.pop_front(), nullptr);
}

TEST_F(PacketQueueTest, PushAndPopKeepOrderAndCountBytesAndBuffers) {
  Packet& first = packet("one");
  Packet& second = heap_packet("three", 7);
  first.meta().queue_next = &second;  // what an earlier queue may have left there
  queue_.push_back(first);
  EXPECT_FALSE(queue_.empty());
  EXPECT_EQ(queue_.front(), &first);
  EXPECT_EQ(queue_.back(), &first);
  EXPECT_EQ(PacketQueue::next(first), nullptr);
  EXPECT_EQ(queue_.bytes(), 3u);
  EXPECT_EQ(queue_.truesize(), kPoolTruesize);

  queue_.push_back(second);
  EXPECT_EQ(queue_.front(), &first);
  EXPECT_EQ(queue_.back(), &second);
  EXPECT_EQ(PacketQueue::next(first), &second);
  EXPECT_EQ(queue_.bytes(), 8u);
  EXPECT_EQ(queue_.truesize(), kPoolTruesize + second.truesize());
  EXPECT_EQ(content(queue_), "onethree");

  EXPECT_EQ(queue_.pop_front(), &first);
  EXPECT_EQ(PacketQueue::next(first), nullptr);
  EXPECT_EQ(queue_.front(), &second);
  EXPECT_EQ(queue_.back(), &second);
  EXPECT_EQ(queue_.bytes(), 5u);
  EXPECT_EQ(queue_.truesize(), second.truesize());

  EXPECT_EQ(queue_.pop_front(), &second);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.back(), nullptr);
  EXPECT_EQ(queue_.bytes(), 0u);
  EXPECT_EQ(queue_.truesize(), 0u);
  first.free();
  second.free();
}

TEST_F(PacketQueueTest, QueueCanBeUsedAgainAfterItRanEmpty) {
  queue_.push_back(packet("a"));
  queue_.pop_front()->free();
  queue_.push_back(packet("b"));
  queue_.push_back(packet("c"));
  EXPECT_EQ(content(queue_), "bc");
  EXPECT_EQ(queue_.bytes(), 2u);
}

TEST_F(PacketQueueTest, DropFrontWithinASliceKeepsThePacketAndItsMbuf) {
  Packet& only = packet("abcdef");
  queue_.push_back(only);
  queue_.drop_front(2);
  EXPECT_EQ(content(queue_), "cdef");
  EXPECT_EQ(queue_.bytes(), 4u);
  EXPECT_EQ(queue_.truesize(), kPoolTruesize);
  EXPECT_EQ(only.meta().slice_offset, kHeadroom + 2);
  EXPECT_EQ(only.meta().slice_length, 4);
  EXPECT_EQ(only.headroom(), kHeadroom);  // the NIC may be reading the data area: it does not move
  EXPECT_EQ(only.length(), 6);
  EXPECT_EQ(held(), 1u);
}

TEST_F(PacketQueueTest, DropFrontOfNothingChangesNothing) {
  queue_.drop_front(0);
  EXPECT_TRUE(queue_.empty());
  queue_.push_back(packet("ab"));
  queue_.drop_front(0);
  EXPECT_EQ(content(queue_), "ab");
  EXPECT_EQ(queue_.bytes(), 2u);
  EXPECT_EQ(queue_.front()->meta().slice_offset, kHeadroom);
}

TEST_F(PacketQueueTest, DropFrontToAndAroundASlicesEnd) {
  for (std::uint32_t n : {2u, 3u, 4u}) {
    queue_.push_back(packet("abc"));
    queue_.push_back(packet("defg"));
    queue_.drop_front(n);
    EXPECT_EQ(content(queue_), std::string("abcdefg").substr(n)) << n;
    EXPECT_EQ(queue_.bytes(), 7 - n);
    EXPECT_EQ(held(), n < 3 ? 2u : 1u) << n;
    EXPECT_EQ(queue_.truesize(), held() * kPoolTruesize);
    queue_.clear();
  }
}

TEST_F(PacketQueueTest, DropFrontAcrossSeveralSlicesFreesWhatIsUsedUp) {
  for (const char* text : {"a", "bcd", "ef", "ghij"}) queue_.push_back(packet(text));
  queue_.drop_front(5);
  EXPECT_EQ(content(queue_), "fghij");
  EXPECT_EQ(held(), 2u);
  EXPECT_EQ(queue_.truesize(), 2 * kPoolTruesize);
  queue_.drop_front(5);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.back(), nullptr);
  EXPECT_EQ(queue_.bytes(), 0u);
  EXPECT_EQ(queue_.truesize(), 0u);
  EXPECT_EQ(held(), 0u);
}

TEST_F(PacketQueueTest, DropFrontGivesBackOnlyItsOwnReference) {
  Packet& sent = packet("abc");
  sent.add_reference();  // as the NIC's
  queue_.push_back(sent);
  queue_.drop_front(3);
  EXPECT_EQ(held(), 1u);
  EXPECT_TRUE(sent.exclusive());
  sent.free();
}

TEST_F(PacketQueueTest, SpliceMovesEverythingBehindTheEnd) {
  PacketQueue other;
  queue_.push_back(packet("ab"));
  Packet& last = packet("d");
  other.push_back(packet("c"));
  other.push_back(last);
  queue_.splice(other);
  EXPECT_EQ(content(queue_), "abcd");
  EXPECT_EQ(queue_.bytes(), 4u);
  EXPECT_EQ(queue_.truesize(), 3 * kPoolTruesize);
  EXPECT_EQ(queue_.back(), &last);
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(other.back(), nullptr);
  EXPECT_EQ(other.bytes(), 0u);
  EXPECT_EQ(other.truesize(), 0u);
  other.push_back(packet("z"));
  EXPECT_EQ(content(other), "z");
  EXPECT_EQ(content(queue_), "abcd");
}

TEST_F(PacketQueueTest, SpliceFromAndIntoAnEmptyQueue) {
  PacketQueue empty;
  Packet& only = packet("ab");
  queue_.push_back(only);
  queue_.splice(empty);
  EXPECT_EQ(content(queue_), "ab");
  EXPECT_EQ(queue_.back(), &only);
  EXPECT_EQ(queue_.bytes(), 2u);
  EXPECT_EQ(queue_.truesize(), kPoolTruesize);
  empty.splice(queue_);
  EXPECT_EQ(content(empty), "ab");
  EXPECT_EQ(empty.back(), &only);
  EXPECT_EQ(empty.bytes(), 2u);
  EXPECT_EQ(empty.truesize(), kPoolTruesize);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(PacketQueueTest, MoveTakesOverAndLeavesAnEmptyQueue) {
  queue_.push_back(packet("ab"));
  Packet& last = packet("c");
  queue_.push_back(last);
  PacketQueue moved{std::move(queue_)};
  EXPECT_EQ(content(moved), "abc");
  EXPECT_EQ(moved.back(), &last);
  EXPECT_EQ(moved.bytes(), 3u);
  EXPECT_EQ(moved.truesize(), 2 * kPoolTruesize);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.back(), nullptr);
  EXPECT_EQ(queue_.bytes(), 0u);
  EXPECT_EQ(queue_.truesize(), 0u);

  PacketQueue target;
  target.push_back(packet("old"));
  target = std::move(moved);
  EXPECT_EQ(held(), 2u);  // "old" went back to the pool
  EXPECT_EQ(content(target), "abc");
  EXPECT_EQ(target.bytes(), 3u);
  EXPECT_EQ(target.truesize(), 2 * kPoolTruesize);
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(moved.bytes(), 0u);
}

TEST_F(PacketQueueTest, AQueueOfOneThatMovedGoesOnGrowing) {
  queue_.push_back(packet("a"));
  PacketQueue moved{std::move(queue_)};
  moved.push_back(packet("b"));
  queue_.push_back(packet("c"));
  EXPECT_EQ(content(moved), "ab");
  EXPECT_EQ(content(queue_), "c");

  PacketQueue spliced;
  spliced.splice(queue_);
  spliced.push_back(packet("d"));
  queue_.push_back(packet("e"));
  queue_.splice(spliced);
  queue_.push_back(packet("f"));
  EXPECT_EQ(content(queue_), "ecdf");
  EXPECT_EQ(queue_.bytes(), 4u);
  EXPECT_EQ(queue_.truesize(), 4 * kPoolTruesize);
  EXPECT_TRUE(spliced.empty());
}

TEST_F(PacketQueueTest, MoveOntoItselfKeepsTheContent) {
  queue_.push_back(packet("ab"));
  PacketQueue& same = queue_;
  queue_ = std::move(same);
  EXPECT_EQ(content(queue_), "ab");
  EXPECT_EQ(queue_.bytes(), 2u);
}

TEST_F(PacketQueueTest, DestructorGivesEverythingBack) {
  {
    PacketQueue scoped;
    scoped.push_back(packet("a"));
    scoped.push_back(packet("b"));
    EXPECT_EQ(held(), 2u);
  }
  EXPECT_EQ(held(), 0u);
}

TEST_F(PacketQueueTest, AppendCompactFillsTheLastBufferToItsLastByte) {
  queue_.push_back(packet("x"));
  queue_.push_back(heap_packet("ab", 3));
  const std::uint32_t truesize = queue_.truesize();
  EXPECT_TRUE(queue_.append_compact(bytes("cd")));
  EXPECT_FALSE(queue_.append_compact(bytes("ef")));  // one byte is left
  EXPECT_EQ(queue_.bytes(), 5u);
  EXPECT_TRUE(queue_.append_compact(bytes("e")));
  EXPECT_FALSE(queue_.append_compact(bytes("f")));
  EXPECT_TRUE(queue_.append_compact({}));
  EXPECT_EQ(content(queue_), "xabcde");
  EXPECT_EQ(queue_.bytes(), 6u);
  EXPECT_EQ(queue_.truesize(), truesize);
  EXPECT_EQ(queue_.front()->meta().slice_length, 1);
  EXPECT_EQ(queue_.back()->meta().slice_length, 5);
  EXPECT_EQ(queue_.back()->length(), 2);  // the data area is what was received or sent
  queue_.drop_front(6);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.bytes(), 0u);
}

TEST_F(PacketQueueTest, AppendCompactGoesBehindTheSliceNotBehindTheData) {
  Packet& trimmed = packet("abcdef");
  trimmed.meta().slice_offset += 1;
  trimmed.meta().slice_length = 2;
  queue_.push_back(trimmed);
  EXPECT_TRUE(queue_.append_compact(bytes("XY")));
  EXPECT_EQ(content(queue_), "bcXY");
}

TEST_F(PacketQueueTest, AppendCompactForgetsTheSumOfWhatItOverwrites) {
  Packet& cut = packet("abcdef");
  cut.know_sum(kHeadroom, 6, 0x1234);
  cut.meta().slice_length = 4;
  queue_.push_back(cut);
  EXPECT_TRUE(queue_.append_compact(bytes("XY")));
  EXPECT_EQ(content(queue_), "abcdXY");  // as many bytes at the same place, and others
  EXPECT_EQ(cut.summed_tail(), 0);
}

TEST_F(PacketQueueTest, AppendCompactRefusesWithoutAnExclusiveLastBuffer) {
  EXPECT_FALSE(queue_.append_compact(bytes("a")));
  EXPECT_FALSE(queue_.append_compact({}));

  Packet& shared = packet("ab");
  shared.add_reference();
  queue_.push_back(shared);
  EXPECT_FALSE(queue_.append_compact(bytes("c")));
  EXPECT_EQ(queue_.bytes(), 2u);
  EXPECT_EQ(content(queue_), "ab");
  shared.free();
  EXPECT_TRUE(queue_.append_compact(bytes("c")));

  Packet* indirect = pool_.alloc_indirect(shared, kHeadroom, 2);
  EXPECT_FALSE(queue_.append_compact(bytes("d")));
  indirect->free();
  EXPECT_TRUE(queue_.append_compact(bytes("d")));
  EXPECT_EQ(content(queue_), "abcd");
}

TEST_F(PacketQueueTest, AppendCompactNeverWritesIntoAnIndirectPacketsBuffer) {
  Packet& owner = packet("abcdef");
  Packet* indirect = pool_.alloc_indirect(owner, kHeadroom, 3);
  indirect->data_to_slice();
  queue_.push_back(*indirect);
  owner.free();
  EXPECT_FALSE(queue_.append_compact(bytes("X")));
  EXPECT_EQ(content(queue_), "abc");
}

}  // namespace
}  // namespace millrace::pkt
