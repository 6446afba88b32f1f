// CLOSED (RFC 9293 3.10.7.1): a segment for nobody is answered by a reset, but a reset never is.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

TEST_F(Listen, S40_NobodyThereWithAck) {
  arrives(seg().seq(7).ack(1234).data(10).fin());
  counted(Outcome::AnsweredReset);
  sends("R seq=1234 win=0");
  EXPECT_EQ(count.resets_sent.get(), 1u);
}

TEST_F(Listen, S40_NobodyThereWithoutAck) {
  arrives(seg().seq(7).no_ack().syn().data(10).fin());
  counted(Outcome::AnsweredReset);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.seq, SeqNum{0});
  EXPECT_EQ(sent[0].header.ack, rcv(19));
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kRst | Ctl::kAck);
  EXPECT_EQ(sent[0].header.window, 0);
}

TEST_F(Listen, S41_NeverInAnswerToRst) {
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  arrives(seg().rst().no_ack());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
  EXPECT_EQ(count.resets_sent.get(), 0u);
}

TEST_F(Listen, RepliesAreBoundedByTheTurnsRoom) {
  for (std::size_t i = 0; i < 65; ++i) arrives(seg().seq(7).ack(static_cast<std::uint32_t>(i)));
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  EXPECT_EQ(count.resets_sent.get(), 64u);
  EXPECT_EQ(count.segments_sent.get(), 64u);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
