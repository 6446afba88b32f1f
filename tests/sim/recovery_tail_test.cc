// The end of a transfer is lost, and no ACK can tell: the probe (RFC 8985 7) must leave within two round trips, however
// many segments were in flight, in every one of ten thousand transfers.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/recovery_run.h"
#include "timer/wheel.h"

namespace millrace::sim {
namespace {

constexpr Duration kTick{1 << timer::kTickShift};
/// What RFC 8985 7.2 adds with one segment in flight: the longest that a receiver may delay its ACK.
constexpr Duration kDelayedAck = milliseconds{200};
constexpr std::uint32_t kTailSegment = 1448;
/// The initial window has room for it, so nothing is unsent when it is lost: a probe would be new data then.
constexpr std::uint32_t kLostAtMost = 8 * kTailSegment;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint32_t kWorlds = 10, kTails = 20;
#else
constexpr std::uint32_t kWorlds = 100, kTails = 100;
#endif

/// One transfer whose last segments are lost when they are sent first.
class Tail {
 public:
  Tail(RecoveryBed& bed, std::uint16_t port, std::uint32_t bytes, std::uint32_t lost)
      : bed_(bed), port_(port), kept_(bytes - lost), bytes_(bytes) {
    bed.world.a_to_b.set_tamper([this](const io::Frame& frame) { return loses(view_frame(frame)); });
    bed.world.b_to_a.set_watch([this](const io::Frame& frame, const Link::Passage& passage) {
      const FrameView view = view_frame(frame);
      if (view.tcp && view.destination_port == port_) acks_.push_back({passage.arrives, view.ack});
    });
  }
  ~Tail() {
    bed_.world.a_to_b.set_tamper({});
    bed_.world.b_to_a.set_watch({});
  }
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  [[nodiscard]] bool probed() const noexcept { return probe_at_.has_value(); }
  /// From the last that happened, a segment sent or an ACK that brought something, to the probe.
  [[nodiscard]] Duration waited() const {
    Time since = last_sent_;
    std::uint32_t acked = first_seq_;
    for (const auto& [arrives, ack] : acks_) {
      if (arrives > *probe_at_) break;
      if (static_cast<std::int32_t>(ack - acked) <= 0) continue;
      acked = ack;
      since = std::max(since, arrives);
    }
    return *probe_at_ - since;
  }
  [[nodiscard]] std::uint32_t in_flight() const {
    std::uint32_t acked = first_seq_;
    for (const auto& [arrives, ack] : acks_)
      if (arrives <= *probe_at_ && static_cast<std::int32_t>(ack - acked) > 0) acked = ack;
    return (first_seq_ + bytes_ - acked + kTailSegment - 1) / kTailSegment;
  }
  [[nodiscard]] Duration srtt() const noexcept { return srtt_; }

 private:
  bool loses(const FrameView& view) {
    if (!view.tcp || view.source_port != port_ || view.text == 0) return false;
    if (!started_) first_seq_ = highest_ = view.seq;
    started_ = true;
    const std::uint32_t end = view.seq + view.text;
    if (static_cast<std::int32_t>(end - highest_) <= 0) {
      if (!probed()) {
        probe_at_ = bed_.world.now();
        srtt_ = microseconds{bed_.sender.connection(port_).details().rtt_us};
      }
      return false;
    }
    highest_ = end;
    last_sent_ = bed_.world.now();
    return end - first_seq_ > kept_;
  }

  struct Ack {
    Time arrives;
    std::uint32_t ack;
  };
  RecoveryBed& bed_;
  std::uint16_t port_;
  std::uint32_t kept_, bytes_;
  bool started_ = false;
  std::uint32_t first_seq_ = 0, highest_ = 0;
  Time last_sent_{};
  std::optional<Time> probe_at_;
  Duration srtt_{0};
  std::vector<Ack> acks_;
};

class RecoveryTail : public testing::TestWithParam<std::size_t> {};

TEST_P(RecoveryTail, TheProbeLeavesWithinTwoRoundTrips) {
  std::uint32_t alone = 0, together = 0;
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
    base::Random random(seed);
    const Distance distance{
        microseconds{100 + static_cast<std::int64_t>(random.below(random.chance(0.5) ? 2'000 : 200'000))},
        10'000'000 + random.below(990'000'000), seconds{1}};
    const RecoveryCell calm{&recovery_algorithms()[GetParam()], Trouble::None, 0, distance};
    RecoveryBed bed(calm, 0, seed);
    for (std::uint32_t i = 0; i < kTails; ++i) {
      const std::uint16_t port = bed.open();
      const auto bytes = static_cast<std::uint32_t>(1 + random.below(40 * kTailSegment));
      const auto lost = static_cast<std::uint32_t>(1 + random.below(std::min(bytes, kLostAtMost)));
      Tail tail(bed, port, bytes, lost);
      bed.sender.send_more(port, bytes);
      ASSERT_TRUE(bed.world.run_until([&] { return tail.probed(); }, minutes{5})) << "seed " << seed;
      const Duration allowed = 2 * tail.srtt() + milliseconds{10} + kTick;
      ++(tail.in_flight() > 1 ? together : alone);
      ASSERT_LE(tail.waited(), tail.in_flight() > 1 ? allowed : allowed + kDelayedAck)
          << "seed " << seed << ", transfer " << i << ", " << tail.in_flight() << " segments in flight";
      bed.drop(port);
    }
  }
  EXPECT_GT(together, kWorlds * kTails / 2);
  EXPECT_GT(alone, kWorlds * kTails / 100);
}

INSTANTIATE_TEST_SUITE_P(All, RecoveryTail, testing::Range(std::size_t{0}, recovery_algorithms().size()),
                         [](const testing::TestParamInfo<std::size_t>& info) {
                           return std::string{recovery_algorithms()[info.param].name()};
                         });

}  // namespace
}  // namespace millrace::sim
