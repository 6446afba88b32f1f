// Two workers, two ports, one with a queue for each worker and one with a single queue: who receives what, who sends
// what, what happens when a port refuses.
#include "stack/port_set.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "pkt/packet_pool.h"

namespace millrace::stack {
namespace {

using Packets = std::vector<pkt::Packet*>;

/// The link behind a queue.
struct Link {
  std::deque<pkt::Packet*> arriving;
  Packets sent;
  std::size_t room = 1000;
  std::size_t polls = 0;
  std::size_t offers = 0;
};

struct FakeQueue {
  Link* link;
  std::size_t rx_burst(std::span<pkt::Packet*> room) {
    ++link->polls;
    std::size_t n = 0;
    for (; n < room.size() && !link->arriving.empty(); ++n) {
      room[n] = link->arriving.front();
      link->arriving.pop_front();
    }
    return n;
  }
  std::size_t tx_burst(std::span<pkt::Packet* const> out) {
    ++link->offers;
    const std::size_t n = std::min(out.size(), link->room);
    link->room -= n;
    link->sent.insert(link->sent.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }
};

/// The owner is written into the packet by the test.
struct OwnerInMeta {
  std::uint16_t operator()(pkt::Packet& packet) const noexcept { return static_cast<std::uint16_t>(packet.meta().seq); }
};

using TestPortSet = PortSet<FakeQueue, OwnerInMeta>;

class PortSetTest : public testing::Test {
 protected:
  static constexpr std::size_t kRing = 8;

  /// Port 0 has two queues, port 1 has one (worker 0's).
  explicit PortSetTest(std::uint16_t workers = 2) : rings_(workers, kRing), bells_(workers) {
    const HandoverSite site{rings_, bells_};
    for (std::uint16_t w = 0; w < workers; ++w) {
      sets_.push_back(std::make_unique<TestPortSet>(w, site, OwnerInMeta{}));
      sets_[w]->add_port(FakeQueue{&wide_[w]}, workers);
      sets_[w]->add_port(w == 0 ? std::optional{FakeQueue{&narrow_}} : std::nullopt, 1);
    }
  }
  void TearDown() override {
    sets_.clear();
    for (Link* link : {&wide_[0], &wide_[1], &narrow_}) {
      for (auto* p : link->sent) p->free();
      for (auto* p : link->arriving) p->free();
    }
    for (auto* p : got_) p->free();
    empty_rings();
    EXPECT_EQ(pool_.available(), pool_.size());
  }
  void empty_rings() {
    std::array<pkt::Packet*, 64> room;
    for (std::uint16_t w = 0; w < rings_.received.workers(); ++w)
      for (RingMatrix* rings : {&rings_.received, &rings_.to_send})
        for (pkt::Packet* p : std::span{room}.first(rings->pop(w, room))) p->free();
  }

  pkt::Packet* frame(std::uint16_t port, std::uint32_t owner = 0) {
    pkt::Packet* p = pool_.alloc();
    p->meta().port = port;
    p->meta().seq = owner;
    return p;
  }
  Packets frames(std::size_t n, std::uint16_t port, std::uint32_t owner = 0) {
    Packets all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(frame(port, owner));
    return all;
  }
  /// Receives into a room of `size`; what came is remembered and freed at the end.
  Packets receive(std::uint16_t worker, std::size_t size = 64) {
    Packets room(size, nullptr);
    room.resize(sets_[worker]->rx_burst(room));
    got_.insert(got_.end(), room.begin(), room.end());
    return room;
  }
  const PortSetCounters& count(std::uint16_t worker) { return sets_[worker]->count(); }

  pkt::PacketPool pool_{{.name = "ports", .packets = 512, .data_size = 64, .cache = 0}};
  Handover rings_;
  std::vector<Doorbell> bells_;
  std::array<Link, 2> wide_;  ///< port 0, by queue
  Link narrow_;               ///< port 1
  std::vector<std::unique_ptr<TestPortSet>> sets_;
  Packets got_;
};

class AlonePortSetTest : public PortSetTest {
 protected:
  AlonePortSetTest() : PortSetTest(1) {}
};

TEST_F(AlonePortSetTest, PollsItsPortsRoundRobinWithinTheRoom) {
  for (int i = 0; i < 3; ++i) wide_[0].arriving.push_back(frame(0));
  for (int i = 0; i < 4; ++i) narrow_.arriving.push_back(frame(1));
  const Packets expected_wide(wide_[0].arriving.begin(), wide_[0].arriving.end());
  const Packets first = receive(0, 4);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_TRUE(std::equal(expected_wide.begin(), expected_wide.end(), first.begin()));
  EXPECT_EQ(first[3]->meta().port, 1);
  wide_[0].arriving.push_back(frame(0));
  const Packets second = receive(0, 3);  // now the other port is first
  ASSERT_EQ(second.size(), 3u);
  for (auto* p : second) EXPECT_EQ(p->meta().port, 1);
  EXPECT_EQ(wide_[0].polls, 1u);  // no room was left for it
  EXPECT_EQ(receive(0, 3).size(), 1u);
  EXPECT_EQ(receive(0, 3).size(), 0u);
}

TEST_F(AlonePortSetTest, AskNobodyWhoOwnsAFrame) {
  wide_[0].arriving.push_back(frame(0, 1));
  EXPECT_EQ(receive(0).size(), 1u);
  EXPECT_FALSE(sets_[0]->waiting());
}

TEST_F(AlonePortSetTest, SendsEachFrameByItsPort) {
  const Packets out{frame(0), frame(0), frame(1), frame(0)};
  EXPECT_EQ(sets_[0]->tx_burst(out), 4u);
  EXPECT_EQ(wide_[0].sent, (Packets{out[0], out[1], out[3]}));
  EXPECT_EQ(narrow_.sent, (Packets{out[2]}));
  EXPECT_EQ(wide_[0].offers, 2u);
  EXPECT_EQ(sets_[0]->tx_burst({}), 0u);
}

TEST_F(AlonePortSetTest, TakesAPrefixWhenAPortRefuses) {
  Packets out{frame(0), frame(0), frame(1)};
  wide_[0].room = 1;
  EXPECT_EQ(sets_[0]->tx_burst(out), 1u);
  EXPECT_TRUE(narrow_.sent.empty());
  wide_[0].room = 1;
  out.erase(out.begin());
  EXPECT_EQ(sets_[0]->tx_burst(out), 2u);
  EXPECT_EQ(wide_[0].sent.size(), 2u);
  EXPECT_EQ(narrow_.sent.size(), 1u);
}

TEST_F(AlonePortSetTest, DropsForAPortThatRefusesForTooLong) {
  const Packets out{frame(0), frame(0), frame(1)};
  wide_[0].room = 0;
  for (std::uint32_t i = 1; i < TestPortSet::kPatience; ++i) ASSERT_EQ(sets_[0]->tx_burst(out), 0u);
  EXPECT_EQ(count(0).tx_abandoned.get(), 0u);
  EXPECT_EQ(sets_[0]->tx_burst(out), 3u);
  EXPECT_EQ(count(0).tx_abandoned.get(), 2u);
  EXPECT_EQ(narrow_.sent.size(), 1u);
  const Packets again{frame(0)};
  EXPECT_EQ(sets_[0]->tx_burst(again), 1u);  // still dead
  EXPECT_EQ(count(0).tx_abandoned.get(), 3u);

  wide_[0].room = 1;  // one frame taken: patience starts anew
  const Packets two{frame(0), frame(0)};
  EXPECT_EQ(sets_[0]->tx_burst(two), 1u);
  EXPECT_EQ(sets_[0]->tx_burst(std::span{two}.subspan(1)), 0u);
  EXPECT_EQ(count(0).tx_abandoned.get(), 3u);
  two[1]->free();
}

TEST_F(PortSetTest, HandsForeignFramesToTheirOwners) {
  const Packets mine = frames(2, 0, 0);
  const Packets other = frames(2, 0, 1);
  wide_[0].arriving = {mine[0], other[0], other[1], mine[1]};
  EXPECT_EQ(receive(0), mine);
  EXPECT_EQ(count(0).handover.rx_given.get(), 2u);
  EXPECT_TRUE(sets_[1]->waiting());
  EXPECT_FALSE(sets_[1]->sends_for_others());
  EXPECT_FALSE(sets_[0]->waiting());
  EXPECT_EQ(receive(1), other);
  EXPECT_EQ(count(1).handover.rx_taken.get(), 2u);
  EXPECT_FALSE(sets_[1]->waiting());
}

TEST_F(PortSetTest, FullRingDropsAndCounts) {
  for (auto* p : frames(kRing + 3, 0, 1)) wide_[0].arriving.push_back(p);
  EXPECT_EQ(receive(0).size(), 0u);
  EXPECT_EQ(count(0).handover.rx_given.get(), kRing);
  EXPECT_EQ(count(0).handover.rx_dropped.get(), 3u);
}

TEST_F(PortSetTest, HandedOverFramesGetHalfTheRoom) {
  for (auto* p : frames(6, 0, 1)) wide_[0].arriving.push_back(p);
  (void)receive(0);
  for (auto* p : frames(6, 0, 1)) wide_[1].arriving.push_back(p);
  EXPECT_EQ(receive(1, 5).size(), 5u);
  EXPECT_EQ(count(1).handover.rx_taken.get(), 3u);  // half, rounded up
  EXPECT_EQ(wide_[1].arriving.size(), 4u);
  EXPECT_EQ(receive(1, 1).size(), 1u);
  EXPECT_EQ(count(1).handover.rx_taken.get(), 4u);
}

TEST_F(PortSetTest, AWorkerWithoutAQueueSendsThroughOneThatHasIt) {
  const Packets out{frame(1), frame(0), frame(1)};
  EXPECT_EQ(sets_[1]->tx_burst(out), 3u);
  EXPECT_EQ(count(1).handover.tx_given.get(), 2u);
  EXPECT_EQ(wide_[1].sent, (Packets{out[1]}));
  EXPECT_TRUE(narrow_.sent.empty());
  EXPECT_TRUE(sets_[0]->waiting());
  EXPECT_TRUE(sets_[0]->sends_for_others());
  (void)receive(0);
  EXPECT_EQ(narrow_.sent, (Packets{out[0], out[2]}));
  EXPECT_EQ(count(0).handover.tx_taken.get(), 2u);
  EXPECT_FALSE(sets_[0]->waiting());
  EXPECT_FALSE(sets_[0]->sends_for_others());
}

TEST_F(PortSetTest, FullSendRingTakesAPrefix) {
  const Packets out = frames(kRing + 2, 1);
  EXPECT_EQ(sets_[1]->tx_burst(out), kRing);
  EXPECT_EQ(count(1).handover.tx_given.get(), kRing);
  (void)receive(0);
  EXPECT_EQ(sets_[1]->tx_burst(std::span{out}.subspan(kRing)), 2u);
}

TEST_F(PortSetTest, KeepsOthersFramesInOrderWhileThePortRefuses) {
  const Packets out = frames(5, 1);
  EXPECT_EQ(sets_[1]->tx_burst(out), 5u);
  narrow_.room = 2;
  (void)receive(0);
  EXPECT_EQ(narrow_.sent.size(), 2u);
  EXPECT_TRUE(sets_[0]->waiting());  // three are held back
  EXPECT_TRUE(sets_[0]->sends_for_others());
  const Packets more = frames(1, 1);
  EXPECT_EQ(sets_[1]->tx_burst(more), 1u);
  narrow_.room = 100;
  (void)receive(0);
  EXPECT_EQ(narrow_.sent, out);
  EXPECT_EQ(count(0).handover.tx_taken.get(), 5u);
  (void)receive(0);
  EXPECT_EQ(narrow_.sent.size(), 6u);
  EXPECT_EQ(narrow_.sent.back(), more[0]);
}

TEST_F(PortSetTest, FreesWhatItHoldsForOthersAtTheEnd) {
  EXPECT_EQ(sets_[1]->tx_burst(frames(3, 1)), 3u);
  narrow_.room = 1;
  (void)receive(0);
  EXPECT_EQ(narrow_.sent.size(), 1u);
}

TEST_F(PortSetTest, VisitsOnlyItsOwnQueues) {
  std::vector<Link*> seen;
  sets_[0]->for_each_queue([&](FakeQueue& queue) { seen.push_back(queue.link); });
  sets_[1]->for_each_queue([&](FakeQueue& queue) { seen.push_back(queue.link); });
  EXPECT_EQ(seen, (std::vector<Link*>{&wide_[0], &narrow_, &wide_[1]}));
}

}  // namespace
}  // namespace millrace::stack
