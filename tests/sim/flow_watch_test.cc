// The instrument itself: what it says of losses, repairs and needless retransmissions, on segments sent by hand.
#include "sim/flow_watch.h"

#include <gtest/gtest.h>

#include "sim/tcp_frame.h"

namespace millrace::sim {
namespace {

constexpr std::uint32_t kIss = 0xffff'ff00;  // wraps within the first segments
constexpr Time kWatchStart = time_from_ns(1'000'000);

class Watching : public testing::Test {
 protected:
  Watching() {
    LinkProfile profile;
    profile.delay = milliseconds{5};
    data.set_profile(profile);
    acks.set_profile(profile);
    TcpFrame syn = segment(0, 0);
    syn.tcp.seq = wire::SeqNum{kIss};
    syn.tcp.ctl.bits = wire::Ctl::kSyn;
    data.send(build_tcp_frame(syn), kWatchStart);
  }
  static TcpFrame segment(std::uint32_t from, std::size_t bytes) {
    TcpFrame frame;
    frame.source = address_of(Family::V4, 1);
    frame.destination = address_of(Family::V4, 2);
    frame.tcp.source_port = 1000;
    frame.tcp.destination_port = 80;
    frame.tcp.seq = wire::SeqNum{kIss + 1 + from};
    frame.tcp.ctl.bits = wire::Ctl::kAck;
    frame.text.resize(bytes);
    return frame;
  }
  void send(std::uint32_t from, std::size_t bytes, Time now, bool lost = false) {
    LinkProfile profile;
    profile.delay = milliseconds{5};
    profile.drop = lost ? 1 : 0;
    data.set_profile(profile);
    data.send(build_tcp_frame(segment(from, bytes)), now);
  }
  void acknowledge(std::uint32_t upto, Time now) {
    TcpFrame ack = segment(0, 0);
    std::swap(ack.tcp.source_port, ack.tcp.destination_port);
    ack.tcp.ack = wire::SeqNum{kIss + 1 + upto};
    acks.send(build_tcp_frame(ack), now);
  }
  static Time at(int ms) { return kWatchStart + milliseconds{ms}; }

  Link data{{}, 1}, acks{{}, 2};
  FlowWatch watch{data, acks, milliseconds{10}};
};

TEST_F(Watching, ARepairLastsFromTheLossToTheArrivalOfTheCopy) {
  send(0, 1000, at(0));
  acknowledge(1000, at(5));
  send(1000, 1000, at(20), true);
  send(2000, 1000, at(21));
  EXPECT_EQ(watch.missing(), 1u);
  send(1000, 1000, at(31));
  ASSERT_EQ(watch.repairs().size(), 1u);
  EXPECT_EQ(watch.repairs()[0].took, milliseconds{16});
  EXPECT_EQ(watch.repairs()[0].round_trip, milliseconds{10});
  EXPECT_EQ(watch.repairs()[0].in_flight, 0u) << "the first was acknowledged";
  EXPECT_EQ(watch.counters().retransmitted, 1u);
  EXPECT_EQ(watch.counters().spurious, 0u);
  EXPECT_EQ(watch.missing(), 0u);
}

TEST_F(Watching, ALostCopyIsALossOfItsOwn) {
  send(0, 1000, at(0), true);
  send(0, 1000, at(10), true);
  send(0, 1000, at(20));
  ASSERT_EQ(watch.repairs().size(), 2u);
  EXPECT_EQ(watch.repairs()[0].took, milliseconds{25});
  EXPECT_EQ(watch.repairs()[1].took, milliseconds{15});
  EXPECT_EQ(watch.counters().lost, 2u);
  EXPECT_EQ(watch.counters().spurious, 0u);
}

TEST_F(Watching, ACopyOfWhatWasNotLostIsSpurious) {
  send(0, 1000, at(0));
  send(0, 1000, at(1));
  send(1000, 1000, at(2), true);
  send(1000, 1000, at(3));
  send(1000, 1000, at(4));
  EXPECT_EQ(watch.counters().retransmitted, 3u);
  EXPECT_EQ(watch.counters().spurious, 2u) << "the first, and the second copy of what was lost";
}

TEST_F(Watching, ACopyOfOtherBoundsMakesGoodWhatItCovers) {
  send(0, 3000, at(0), true);
  send(1000, 1000, at(1));
  EXPECT_EQ(watch.missing(), 2u) << "what lies before it and what lies behind it";
  send(0, 1500, at(2));
  EXPECT_EQ(watch.missing(), 1u);
  EXPECT_EQ(watch.counters().spurious, 0u);
  send(500, 1000, at(3));
  EXPECT_EQ(watch.counters().spurious, 1u);
  send(2000, 4000, at(4));
  EXPECT_EQ(watch.missing(), 0u);
  EXPECT_EQ(watch.counters().spurious, 1u) << "some of it was missing, some of it new";
}

TEST_F(Watching, WhatTheQueueRefusesIsLostButTimesNoRepair) {
  LinkProfile profile;
  profile.bits_per_second = 1;
  profile.queue_frames = 0;
  data.set_profile(profile);
  data.send(build_tcp_frame(segment(0, 1000)), at(0));
  send(0, 1000, at(1));
  EXPECT_EQ(watch.counters().lost, 1u);
  EXPECT_EQ(watch.counters().spurious, 0u);
  EXPECT_TRUE(watch.repairs().empty());
}

TEST_F(Watching, InFlightIsWhatTheSenderHasNotHeardOf) {
  send(0, 1000, at(0));
  send(1000, 1000, at(0));
  acknowledge(1000, at(5));
  send(2000, 1000, at(9), true);
  send(3000, 1000, at(10), true);
  send(2000, 2000, at(20));
  ASSERT_EQ(watch.repairs().size(), 2u);
  EXPECT_EQ(watch.repairs()[0].in_flight, 2000u) << "the ACK is under way";
  EXPECT_EQ(watch.repairs()[1].in_flight, 2000u) << "it came, and one more is out";
}

}  // namespace
}  // namespace millrace::sim
