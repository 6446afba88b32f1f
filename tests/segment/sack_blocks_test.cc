// The worked examples of RFC 2018 4: which blocks the receiver reports, and in which order. The left window edge is
// 5000, and the sender sends a burst of 8 segments of 500 bytes.
#include <fmt/format.h>

#include "fixture.h"

namespace millrace::tcp::test {
namespace {

constexpr std::uint32_t kEdge = 5000, kLength = 500;

class SackBlocks : public SegmentTest {
 protected:
  void at_left_edge() {
    given(State::Established, {.sack = true});
    for (int i = 0; i < 4; ++i) arrives(seg().data(1249));  // numbers begin at 1
    arrives(seg().data(3));
    ASSERT_EQ(tcb().rcv_nxt, rcv(kEdge));
    app_reads(kEdge - 1);
    drain();
  }
  void arrives_at(std::uint32_t seq) { arrives(seg().seq(seq).data(kLength)); }
  /// Text in order is acknowledged within the delay.
  void delayed_ack() {
    sends_nothing();
    elapse(config.delayed_ack + milliseconds{1});
  }
};

/// Case 1: the first four arrive, the last four are lost.
TEST_F(SackBlocks, TheLastFourAreLost) {
  at_left_edge();
  for (std::uint32_t n = 0; n < 4; ++n) arrives_at(kEdge + n * kLength);
  delayed_ack();
  sends("A seq=1 ack=7000");
}

/// Case 2: the first is lost, seven arrive.
TEST_F(SackBlocks, TheFirstIsLost) {
  at_left_edge();
  for (std::uint32_t n = 1; n < 8; ++n) {
    arrives_at(kEdge + n * kLength);
    sends(fmt::format("A seq=1 ack=5000 sack=5500-{}", kEdge + (n + 1) * kLength));
  }
}

/// Case 3: the second, fourth, sixth and eighth are lost; then the fourth comes, and the second.
TEST_F(SackBlocks, EverySecondIsLost) {
  at_left_edge();
  arrives_at(5000);
  delayed_ack();
  sends("A seq=1 ack=5500");
  arrives_at(6000);
  sends("A seq=1 ack=5500 sack=6000-6500");
  arrives_at(7000);
  sends("A seq=1 ack=5500 sack=7000-7500 sack=6000-6500");
  arrives_at(8000);
  sends("A seq=1 ack=5500 sack=8000-8500 sack=7000-7500 sack=6000-6500");
  arrives_at(6500);
  sends("A seq=1 ack=5500 sack=6000-7500 sack=8000-8500");
  arrives_at(5500);
  sends("A seq=1 ack=7500 sack=8000-8500");
}

}  // namespace
}  // namespace millrace::tcp::test
