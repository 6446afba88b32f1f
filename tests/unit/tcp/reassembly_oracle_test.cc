// Reassembly against an oracle: the set of byte positions that were kept. Every copy of a byte is the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "env.h"
#include "tcp/dsack.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp {
namespace {

class Oracle : public testing::Test {
 protected:
  void start(std::uint32_t seq) {
    start_ = t.tcb.rcv_nxt = SeqNum{seq};
    t.tcb.rcv_buffer = 1 << 20;
    t.tcb.set(kSackPermitted);
  }
  static char text_at(std::uint32_t at) { return static_cast<char>('a' + at % 23); }
  void keep(std::uint32_t at, std::uint32_t length) {
    std::string text;
    for (std::uint32_t i = 0; i < length; ++i) text += text_at(at + i);
    Segment seg;
    seg.seq = start_ + at;
    seg.len = length;
    seg.packet = TestEnv::packet(text);
    const auto [left, right] = first_run_in(at, at + length);
    ASSERT_EQ(keep_out_of_order(t.tcb, seg, t.env), Outcome::Queued);
    ASSERT_EQ(seg.packet, nullptr);
    check_duplicate(left, right);
    for (std::uint32_t i = 0; i < length; ++i) bytes_.insert(at + i);
    forgotten_ = forgotten_ || runs() > wire::kMaxSackBlocks;
  }
  /// The first bytes in [from, to) that were kept before, as far as they are contiguous; two equal numbers: none.
  std::pair<std::uint32_t, std::uint32_t> first_run_in(std::uint32_t from, std::uint32_t to) const {
    std::uint32_t left = from;
    while (left < to && !bytes_.contains(left)) ++left;
    std::uint32_t right = left;
    while (right < to && bytes_.contains(right)) ++right;
    return {left, right};
  }
  /// The next ACK reports [left, right) as a duplicate, once.
  void check_duplicate(std::uint32_t left, std::uint32_t right) {
    std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks, option;
    const std::uint8_t n = sack_blocks(t.tcb, t.env, blocks);
    for (const std::size_t reported : {left != right ? 1u : 0u, 0u}) {
      ASSERT_EQ(sack_option(t.tcb, t.env, option), std::min(n + reported, option.size()));
      if (reported == 1) {
        ASSERT_EQ(option[0], (wire::SackBlock{start_ + left, start_ + right}));
      }
      if (n > 0) {
        ASSERT_EQ(option[reported], blocks[0]);
      }
      duplicate_reported(t.tcb, t.env);
    }
  }
  std::size_t runs() const {
    std::size_t n = 0;
    for (const std::uint32_t at : bytes_) n += !bytes_.contains(at - 1);
    return n;
  }
  /// Checks that the blocks are what the bytes say: the first holds `at`, each is a run, and a whole one as long as no
  /// block had to be forgotten.
  void check_blocks(std::uint32_t at) {
    std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks;
    const std::uint8_t n = sack_blocks(t.tcb, t.env, blocks);
    ASSERT_GE(n, 1);
    if (!forgotten_) {
      ASSERT_EQ(n, runs());
    }
    ASSERT_TRUE(wire::in_window(start_ + at, blocks[0].left, blocks[0].right - blocks[0].left));
    for (std::uint8_t i = 0; i < n; ++i) {
      for (SeqNum s = blocks[i].left; s < blocks[i].right; s += 1) ASSERT_TRUE(bytes_.contains(s - start_));
      if (!forgotten_) {
        ASSERT_FALSE(bytes_.contains(blocks[i].left - start_ - 1));
        ASSERT_FALSE(bytes_.contains(blocks[i].right - start_));
      }
      for (std::uint8_t j = 0; j < i; ++j) ASSERT_FALSE(blocks[i] == blocks[j]);
    }
  }
  std::string received() {
    std::string text;
    for (pkt::Packet* p = t.tcb.rcv_queue.front(); p != nullptr; p = pkt::PacketQueue::next(*p))
      text.append(reinterpret_cast<const char*>(p->slice().data()), p->slice().size());
    return text;
  }
  std::string expected(std::uint32_t from) {
    std::string text;
    for (auto at = bytes_.find(from); at != bytes_.end() && *at == from + text.size(); ++at) text += text_at(*at);
    return text;
  }

  TestEnv t;
  SeqNum start_;
  std::set<std::uint32_t> bytes_;
  bool forgotten_ = false;
};

TEST_F(Oracle, RandomSegments) {
  base::Random random{42};
  for (int round = 0; round < 3000; ++round) {
    bytes_.clear();
    forgotten_ = false;
    start(static_cast<std::uint32_t>(random.next()) | (round % 2 == 0 ? 0xffff'ffc0u : 0u));
    const int segments = 1 + static_cast<int>(random.below(12));
    const std::uint64_t longest = 1 + random.below(30);
    for (int i = 0; i < segments; ++i) {
      const auto at = static_cast<std::uint32_t>(1 + random.below(80));
      const auto length = static_cast<std::uint32_t>(1 + random.below(longest));
      keep(at, length);
      check_blocks(at);
    }
    ASSERT_EQ(t.env.reassemblies[t.tcb.reassembly].bytes, bytes_.size());
    // The hole before is filled by a segment that may overlap what is kept.
    const auto filled = static_cast<std::uint32_t>(1 + random.below(60));
    t.tcb.rcv_nxt += filled;
    const auto [left, right] = first_run_in(0, filled);
    ASSERT_FALSE(deliver_contiguous(t.tcb, t.env));
    check_duplicate(left, right);
    const std::string text = expected(filled);
    ASSERT_EQ(received(), text);
    ASSERT_EQ(t.tcb.rcv_nxt, start_ + filled + static_cast<std::uint32_t>(text.size()));
    const bool more = bytes_.upper_bound(t.tcb.rcv_nxt - start_) != bytes_.end();
    ASSERT_EQ(t.tcb.reassembly != base::kNoIndex, more);
    if (more) {
      std::uint32_t behind = 0;
      for (const std::uint32_t at : bytes_) behind += at >= t.tcb.rcv_nxt - start_;
      ASSERT_EQ(t.env.reassemblies[t.tcb.reassembly].bytes, behind);
      ASSERT_EQ(t.env.reassemblies[t.tcb.reassembly].truesize % 2432, 0u);
      std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks;
      for (std::uint8_t i = 0; i < sack_blocks(t.tcb, t.env, blocks); ++i) ASSERT_GT(blocks[i].right, t.tcb.rcv_nxt);
    }
    t.tcb.rcv_queue.clear();
    drop_reassembly(t.tcb, t.env);
    ASSERT_EQ(TestEnv::data().available(), TestEnv::data().size());
  }
}

TEST_F(Oracle, TruesizeCountsBuffersKept) {
  start(0);
  keep(10, 10);
  keep(30, 10);
  EXPECT_EQ(reassembly_truesize(t.tcb, t.env), 2 * 2432u);
  keep(12, 4);  // nothing new
  EXPECT_EQ(reassembly_truesize(t.tcb, t.env), 2 * 2432u);
  keep(5, 40);  // swallows both
  EXPECT_EQ(t.env.reassemblies[t.tcb.reassembly].bytes, 40u);
  EXPECT_EQ(reassembly_truesize(t.tcb, t.env), 2432u);
}

TEST_F(Oracle, NoBlocksWithoutPermission) {
  start(0);
  keep(10, 10);
  t.tcb.clear(kSackPermitted);
  std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks;
  EXPECT_EQ(sack_blocks(t.tcb, t.env, blocks), 0);
}

TEST_F(Oracle, DroppingNothingIsFine) {
  drop_reassembly(t.tcb, t.env);
  EXPECT_EQ(reassembly_truesize(t.tcb, t.env), 0u);
  EXPECT_FALSE(deliver_contiguous(t.tcb, t.env));
}

}  // namespace
}  // namespace millrace::tcp
