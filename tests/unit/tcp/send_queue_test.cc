// Places in the send queue and what an ACK takes out of it.
#include "tcp/send_queue.h"

#include <gtest/gtest.h>

#include "env.h"

namespace millrace::tcp {
namespace {

class SendQueue : public testing::Test {
 protected:
  SendQueue() {
    t.tcb.iss = SeqNum{999};
    t.tcb.snd_una = t.tcb.snd_nxt = SeqNum{1000};
    t.tcb.smss = 1000;
    t.tcb.snd_buffer = 1 << 20;
    for (const char c : {'a', 'b', 'c'}) t.tcb.snd_queue.push_back(*TestEnv::packet(std::string(300, c)));
  }
  pkt::Packet* slice(int n) {
    pkt::Packet* p = t.tcb.snd_queue.front();
    while (n-- > 0) p = pkt::PacketQueue::next(*p);
    return p;
  }
  TestEnv t;
};

TEST_F(SendQueue, TakingParts) {
  SendCursor cursor = cursor_at_front(t.tcb);
  SendPart part = take_part(cursor, 200);
  EXPECT_EQ(part.packet, slice(0));
  EXPECT_EQ(part.length, 200);
  part = take_part(cursor, 200);
  EXPECT_EQ(part.length, 100);
  EXPECT_EQ(part.offset, slice(0)->meta().slice_offset + 200);
  part = take_part(cursor, 1000);
  EXPECT_EQ(part.packet, slice(1));
  EXPECT_EQ(part.length, 300);
  part = take_part(cursor, 300);
  EXPECT_EQ(part.packet, slice(2));
  EXPECT_EQ(take_part(cursor, 1).length, 0);
  SendCursor nowhere;
  EXPECT_EQ(take_part(nowhere, 1).length, 0);
}

TEST_F(SendQueue, AcknowledgedSlicesGo) {
  t.tcb.snd_nxt = SeqNum{1600};
  acknowledge_queue(t.tcb, SeqNum{1301}, t.env);
  t.tcb.snd_una = SeqNum{1301};
  EXPECT_EQ(t.tcb.snd_queue.bytes(), 599u);
  acknowledge_queue(t.tcb, SeqNum{1600}, t.env);
  EXPECT_EQ(t.tcb.snd_queue.bytes(), 300u);
  EXPECT_EQ(cursor_at_front(t.tcb).packet, slice(0));
  EXPECT_EQ(cursor_at_front(t.tcb).offset, slice(0)->meta().slice_offset);
}

TEST_F(SendQueue, OurSynAndFinAreNotInTheQueue) {
  t.tcb.snd_una = t.tcb.iss;
  t.tcb.snd_nxt = SeqNum{1901};
  EXPECT_EQ(t.tcb.snd_queue_end(), SeqNum{1900});
  acknowledge_queue(t.tcb, SeqNum{1010}, t.env);
  EXPECT_EQ(t.tcb.snd_queue.bytes(), 890u);
  t.tcb.snd_una = SeqNum{1010};
  acknowledge_queue(t.tcb, SeqNum{1901}, t.env);
  EXPECT_TRUE(t.tcb.snd_queue.empty());
  EXPECT_EQ(cursor_at_front(t.tcb).packet, nullptr);
}

TEST_F(SendQueue, PayloadLimit) {
  EXPECT_EQ(payload_limit(t.tcb), 1000u);
  t.tcb.set(kTimestamps);
  EXPECT_EQ(payload_limit(t.tcb), 988u);
}

TEST_F(SendQueue, PacketsGoBehindWhatIsThere) {
  pkt::Packet* packet = TestEnv::packet(std::string(300, 'd'));
  enqueue_packet(t.tcb, *packet, t.env);
  EXPECT_EQ(slice(3), packet);
}

}  // namespace
}  // namespace millrace::tcp
