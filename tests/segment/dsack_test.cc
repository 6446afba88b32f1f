// What arrives twice is reported (RFC 2883 4).
#include <algorithm>

#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Dsack : public SegmentTest {
 protected:
  void open() { given(State::Established, {.sack = true}); }
  /// All before number `n` has come and was read.
  void open_at(std::uint32_t n) {
    open();
    for (std::uint32_t left = n - 1; left > 0; left -= std::min(left, 1000u))
      arrives(seg().data(std::min(left, 1000u)));
    app_reads(n - 1);
    drain();
  }
  /// Text from number `from` to number `to`, as the RFC's tables have it.
  void received(std::uint32_t from, std::uint32_t to) { arrives(seg().seq(from).data(to + 1 - from)); }
  /// The ACK that waits for more text goes.
  void delayed_ack() { elapse(config.delayed_ack + milliseconds{1}); }
};

/// 4.1.1: a full duplicate below the cumulative ACK.
TEST_F(Dsack, OldTextIsReportedOnce) {
  open();
  arrives(seg().seq(1).data(100));
  app_reads(100);
  drain();
  arrives(seg().seq(1).data(100));
  sends("A seq=1 ack=101 sack=1-101");
  arrives(seg().seq(301).data(10));
  sends("A seq=1 ack=101 sack=301-311");
  EXPECT_EQ(count.duplicates_received.get(), 1u);
}

/// 4.2: the first part of a segment is old.
TEST_F(Dsack, TheOldPartOfASegment) {
  open();
  arrives(seg().seq(1).data(100));
  drain();
  arrives(seg().seq(51).data(100));
  sends("A seq=1 ack=151 sack=51-101");
}

/// 4.1.3: a duplicate beyond the cumulative ACK; the second block contains it.
TEST_F(Dsack, BehindAHole) {
  open();
  arrives(seg().seq(101).data(100));
  drain();
  arrives(seg().seq(101).data(50));
  sends("A seq=1 ack=1 sack=101-151 sack=101-201");
}

/// 4.1.1, example 1: a duplicate segment.
TEST_F(Dsack, Example1) {
  open_at(3000);
  received(3000, 3499);
  received(3500, 3999);
  drain();
  received(3000, 3499);
  sends("A seq=1 ack=4000 sack=3000-3500");
}

/// 4.1.2, example 2: an out-of-order segment and a duplicate segment.
TEST_F(Dsack, Example2) {
  open_at(3000);
  received(3000, 3499);
  received(3500, 3999);
  drain();
  received(4500, 4999);
  sends("A seq=1 ack=4000 sack=4500-5000");
  received(3000, 3499);
  sends("A seq=1 ack=4000 sack=3000-3500 sack=4500-5000");
}

/// 4.1.3, example 3: a duplicate of an out-of-order segment.
TEST_F(Dsack, Example3) {
  open_at(3500);
  received(3500, 3999);
  delayed_ack();
  sends("A seq=1 ack=4000");
  received(4500, 4999);
  sends("A seq=1 ack=4000 sack=4500-5000");
  received(5000, 5499);
  sends("A seq=1 ack=4000 sack=4500-5500");
  received(5000, 5499);
  sends("A seq=1 ack=4000 sack=5000-5500 sack=4500-5500");
}

/// 4.2.1, example 4: a single duplicate subsegment.
TEST_F(Dsack, Example4) {
  open_at(500);
  received(500, 999);
  delayed_ack();
  sends("A seq=1 ack=1000");
  received(2000, 2499);
  sends("A seq=1 ack=1000 sack=2000-2500");
  received(1000, 1499);
  sends("A seq=1 ack=1500 sack=2000-2500");
  received(1000, 1999);
  sends("A seq=1 ack=2500 sack=1000-1500");
}

/// 4.2.2, example 5: two non-contiguous duplicate subsegments covered by the cumulative acknowledgment.
TEST_F(Dsack, Example5) {
  open_at(500);
  received(500, 999);
  delayed_ack();
  sends("A seq=1 ack=1000");
  received(3000, 3499);
  sends("A seq=1 ack=1000 sack=3000-3500");
  received(1000, 1499);
  sends("A seq=1 ack=1500 sack=3000-3500");
  received(2000, 2499);
  sends("A seq=1 ack=1500 sack=2000-2500 sack=3000-3500");
  received(1000, 2499);
  sends("A seq=1 ack=2500 sack=1000-1500 sack=3000-3500");
}

/// 4.2.3, example 6: two non-contiguous duplicate subsegments beyond the cumulative acknowledgment.
TEST_F(Dsack, Example6) {
  open_at(500);
  received(500, 999);
  delayed_ack();
  sends("A seq=1 ack=1000");
  received(3500, 3999);
  sends("A seq=1 ack=1000 sack=3500-4000");
  received(1500, 1999);
  sends("A seq=1 ack=1000 sack=1500-2000 sack=3500-4000");
  received(2500, 2999);
  sends("A seq=1 ack=1000 sack=2500-3000 sack=1500-2000 sack=3500-4000");
  received(1500, 2999);
  sends("A seq=1 ack=1000 sack=1500-2000 sack=1500-3000 sack=3500-4000");
}

/// What fills the hole repeats what was behind it: the first contiguous part is reported.
TEST_F(Dsack, BehindTheHoleThatItFills) {
  open();
  received(101, 200);
  received(201, 250);
  received(401, 500);
  received(601, 700);
  drain();
  received(1, 500);
  sends("A seq=1 ack=501 sack=101-251 sack=601-701");
  EXPECT_EQ(count.duplicates_received.get(), 1u);
}

/// Its last part alone is old.
TEST_F(Dsack, TheEndOfASegmentBehindAHole) {
  open();
  received(201, 300);
  drain();
  received(151, 250);
  sends("A seq=1 ack=1 sack=201-251 sack=151-301");
}

TEST_F(Dsack, ItIsNotLostOnText) {
  open();
  arrives(seg().seq(1).data(100));
  app_reads(100);
  drain();
  app_sends(10);
  arrives(seg().seq(1).data(100).ack(1));
  sends("A seq=1 ack=101 sack=1-101", "PA seq=1 ack=101 len=10");
}

TEST_F(Dsack, NotToPeersWithoutSack) {
  given(State::Established);
  arrives(seg().seq(1).data(100));
  app_reads(100);
  drain();
  arrives(seg().seq(1).data(100));
  sends("A seq=1 ack=101");
  EXPECT_EQ(count.duplicates_received.get(), 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
