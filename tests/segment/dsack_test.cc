// What arrives twice is reported (RFC 2883 4).
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Dsack : public SegmentTest {
 protected:
  void open() { given(State::Established, {.sack = true}); }
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
