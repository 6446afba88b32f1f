// The scoreboard against a plain model: random sends, SACKs, losses, retransmissions, acknowledgments, splits.
#include "tcp/sent_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "env.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kStart = 0xffff'f000;  // wraps early

enum class Kind { InFlight, Sacked, Lost };
struct Model {
  std::uint32_t seq, length;
  Kind kind;
  std::uint64_t sent;  ///< order of transmission
};

class SentListTest : public testing::Test {
 protected:
  SentListTest() {
    packet = TestEnv::packet(std::string(2000, 'x'));
    for (std::uint32_t i = 0; i < 40; ++i) send(10 + i % 7);
  }
  ~SentListTest() override {
    list.clear();
    EXPECT_EQ(slab.used(), 0u);
    packet->free();
  }

  void send(std::uint32_t length) {
    SentSegment* const segment = list.append(SeqNum{next});
    ASSERT_NE(segment, nullptr);
    segment->length = static_cast<std::uint16_t>(length);
    segment->packet = packet;
    segment->offset = packet->meta().slice_offset;
    segment->sent_at = time_from_ns(static_cast<std::int64_t>(++clock));
    model.push_back({next, length, Kind::InFlight, clock});
    next += length;
  }
  Model* of(const SentSegment& segment) {
    for (Model& m : model)
      if (m.seq == segment.seq.raw()) return &m;
    return nullptr;
  }
  void compare() {
    std::uint32_t sacked = 0, lost = 0, n = 0;
    const SentSegment* first_lost = nullptr;
    for (SentSegment* s = list.front(); s != nullptr; s = list.next(*s), ++n) {
      ASSERT_LT(n, model.size());
      const Model& m = model[n];
      ASSERT_EQ(s->seq.raw(), m.seq);
      ASSERT_EQ(s->length, m.length);
      ASSERT_EQ(s->sacked(), m.kind == Kind::Sacked);
      ASSERT_EQ(s->lost_now(), m.kind == Kind::Lost);
      if (s->sacked()) sacked += m.length;
      if (s->lost_now()) lost += m.length;
      if (s->lost_now() && first_lost == nullptr) first_lost = s;
    }
    ASSERT_EQ(n, model.size());
    ASSERT_EQ(list.segments(), n);
    ASSERT_EQ(list.sacked(), sacked);
    ASSERT_EQ(list.lost(), lost);
    ASSERT_EQ(list.first_lost(), first_lost);
    std::vector<Model> by_time;
    for (const Model& m : model)
      if (m.kind == Kind::InFlight) by_time.push_back(m);
    std::stable_sort(by_time.begin(), by_time.end(), [](const Model& a, const Model& b) { return a.sent < b.sent; });
    std::size_t i = 0;
    for (SentSegment* s = list.oldest(); s != nullptr; s = list.later(*s), ++i) {
      ASSERT_LT(i, by_time.size());
      ASSERT_EQ(s->seq.raw(), by_time[i].seq);
    }
    ASSERT_EQ(i, by_time.size());
  }

  SentSlab slab{4096};
  SentList list{slab};
  pkt::Packet* packet = nullptr;
  std::vector<Model> model;
  std::uint32_t next = kStart;
  std::uint64_t clock = 0;
};

TEST_F(SentListTest, FindsEveryNumberFromAnywhere) {
  base::Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t seq = kStart + static_cast<std::uint32_t>(random.below(next - kStart));
    SentSegment* const found = list.find(SeqNum{seq});
    ASSERT_NE(found, nullptr);
    ASSERT_TRUE(found->seq <= SeqNum{seq} && SeqNum{seq} < found->end());
  }
  EXPECT_EQ(list.find(SeqNum{next}), nullptr);
  EXPECT_EQ(list.find(SeqNum{kStart - 1}), nullptr);
}

TEST_F(SentListTest, AFullSlabIsAnOrdinaryResult) {
  SentSlab small{2};
  SentList two{small};
  ASSERT_NE(two.append(SeqNum{0}), nullptr);
  ASSERT_NE(two.append(SeqNum{10}), nullptr);
  EXPECT_EQ(two.append(SeqNum{20}), nullptr);
  two.front()->length = 10;
  two.front()->packet = packet;
  two.front()->offset = packet->meta().slice_offset;
  EXPECT_FALSE(two.split(*two.front(), 5));
  EXPECT_EQ(two.front()->length, 10);
}

TEST_F(SentListTest, RestoringPutsTheLostBackIntoTheirTime) {
  for (const std::uint32_t i : {3u, 9u, 4u, 20u}) {
    list.mark_lost(*list.find(SeqNum{model[i].seq}));
    model[i].kind = Kind::Lost;
  }
  compare();
  list.restore_lost();
  for (Model& m : model) m.kind = Kind::InFlight;
  compare();
}

TEST_F(SentListTest, LostNeighboursMeltIntoOne) {
  for (std::size_t i = 5; i < 9; ++i) {
    list.mark_lost(*list.find(SeqNum{model[i].seq}));
    model[i].kind = Kind::Lost;
  }
  const std::uint32_t most = model[5].length + model[6].length + 3;
  list.fill_lost(*list.find(SeqNum{model[5].seq}), most);
  model[7].seq += 3;
  model[7].length -= 3;
  model[5].length = most;
  model.erase(model.begin() + 6);
  compare();
}

TEST_F(SentListTest, AgainstTheModel) {
  base::Random random(11);
  for (int step = 0; step < 20'000; ++step) {
    if (model.size() < 60 && random.chance(0.4)) send(1 + static_cast<std::uint32_t>(random.below(30)));
    if (model.empty()) continue;
    const std::size_t i = random.below(model.size());
    SentSegment& segment = *list.find(SeqNum{model[i].seq});
    switch (random.below(6)) {
      case 0:
        if (model[i].kind == Kind::Sacked) break;
        list.mark_sacked(segment);
        model[i].kind = Kind::Sacked;
        break;
      case 1:
        if (model[i].kind != Kind::InFlight) break;
        list.mark_lost(segment);
        model[i].kind = Kind::Lost;
        break;
      case 2:
        if (model[i].kind != Kind::Lost) break;
        list.mark_sent(segment, time_from_ns(static_cast<std::int64_t>(++clock)));
        model[i].kind = Kind::InFlight;
        model[i].sent = clock;
        break;
      case 3: {
        if (model[i].length < 2) break;
        const auto keep = 1 + static_cast<std::uint32_t>(random.below(model[i].length - 1));
        ASSERT_TRUE(list.split(segment, static_cast<std::uint16_t>(keep)));
        Model rest = model[i];
        rest.seq += keep;
        rest.length -= keep;
        model[i].length = keep;
        model.insert(model.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
        break;
      }
      case 4:
        list.remove(*list.front());
        model.erase(model.begin());
        break;
      default: {
        if (model[0].length < 2) break;
        list.cut_front(1, packet, packet->meta().slice_offset);
        ++model[0].seq;
        --model[0].length;
        break;
      }
    }
    if (step % 50 == 0) compare();
  }
  compare();
}

}  // namespace
}  // namespace millrace::tcp
