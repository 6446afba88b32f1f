// What a link does to frames, one trait at a time: the table of loss recovery is worth what its links are.
#include "sim/link.h"

#include <gtest/gtest.h>

#include <numeric>

#include "sim/frame_view.h"
#include "sim/tcp_frame.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace millrace::sim {
namespace {

constexpr Time kLinkStart = time_from_ns(1'000'000);

io::Frame frame_of(Family family, std::uint32_t number, std::size_t text) {
  TcpFrame frame;
  frame.source = address_of(family, 0x0a000001);
  frame.destination = address_of(family, 0x0a000002);
  frame.tcp.seq = wire::SeqNum{number};
  frame.text.resize(text);
  return build_tcp_frame(frame);
}

io::Frame numbered(std::uint32_t number, std::size_t text = 100) { return frame_of(Family::V4, number, text); }

/// The numbers of the frames that have arrived by then, in order.
std::vector<std::uint32_t> numbers(Link& link, Time now) {
  std::vector<std::uint32_t> seen;
  for (const io::Frame& frame : link.arrived(now)) seen.push_back(view_frame(frame).seq);
  return seen;
}

/// As a sender that does ECN would have it; checksum and all.
io::Frame capable(Family family, unsigned ecn) {
  io::Frame frame = frame_of(family, 1, 100);
  std::byte* const ip = frame.data() + wire::kEthernetHeader;
  if (family == Family::V6) {
    ip[1] |= static_cast<std::byte>(ecn << 4);
    return frame;
  }
  ip[1] |= static_cast<std::byte>(ecn);
  ip[10] = ip[11] = std::byte{0};
  const std::uint16_t sum = wire::checksum(std::span{ip, wire::kIpv4MinHeader});
  ip[10] = static_cast<std::byte>(sum >> 8);
  ip[11] = static_cast<std::byte>(sum);
  return frame;
}

TEST(Link, LateFramesArriveExactlySoMuchLaterAndHoldUpNobody) {
  LinkProfile profile;
  profile.delay = milliseconds{10};
  profile.late = 0.2;
  profile.late_by = milliseconds{3};
  Link link(profile, 7);
  std::vector<Time> arrivals;
  link.set_watch([&](const io::Frame&, const Link::Passage& passage) { arrivals.push_back(passage.arrives); });
  for (std::uint32_t i = 0; i < 1000; ++i) link.send(numbered(i), kLinkStart);
  std::size_t late = 0;
  for (const Time at : arrivals) {
    const Duration took = at - kLinkStart;
    EXPECT_TRUE(took == milliseconds{10} || took == milliseconds{13});
    late += took == milliseconds{13} ? 1 : 0;
  }
  EXPECT_EQ(late, link.counters().reordered);
  EXPECT_NEAR(static_cast<double>(late), 200, 40);
  EXPECT_EQ(numbers(link, kLinkStart + milliseconds{10}).size(), 1000 - late);
  EXPECT_EQ(numbers(link, kLinkStart + milliseconds{13}).size(), late);
}

TEST(Link, BurstsHaveTheLengthAndTheShareThatWereAskedFor) {
  LinkProfile profile;
  profile.bursts = {0.25 * 0.05 / 0.95, 0.25};
  Link link(profile, 3);
  std::uint64_t lost = 0, bursts = 0;
  bool in_burst = false;
  link.set_watch([&](const io::Frame&, const Link::Passage& passage) {
    const bool loses = passage.fate == Link::Fate::Lost;
    lost += loses ? 1 : 0;
    bursts += loses && !in_burst ? 1 : 0;
    in_burst = loses;
  });
  constexpr std::uint64_t kFrames = 100'000;
  for (std::uint32_t i = 0; i < kFrames; ++i) link.send(numbered(i, 0), kLinkStart);
  EXPECT_EQ(lost, link.counters().dropped);
  EXPECT_NEAR(static_cast<double>(lost) / kFrames, 0.05, 0.005);
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 4, 0.3);
}

TEST(Link, SparesAcknowledgmentsWhenOnlyTextIsToBeLost) {
  LinkProfile profile;
  profile.drop = 1;
  profile.lose_text = true;
  Link link(profile, 1);
  link.send(numbered(1, 1), kLinkStart);
  link.send(numbered(2, 0), kLinkStart);
  EXPECT_EQ(numbers(link, kLinkStart + seconds{1}), std::vector<std::uint32_t>{2});
}

TEST(Link, QueueIsBoundedInBytesToo) {
  LinkProfile profile;
  profile.bits_per_second = 8'000'000;  // a byte per microsecond
  profile.queue_bytes = 500;
  Link link(profile, 1);
  const std::size_t size = numbered(0).size();
  ASSERT_EQ(size, 154u);
  for (std::uint32_t i = 0; i < 4; ++i) link.send(numbered(i), kLinkStart);
  EXPECT_EQ(link.counters().queue_full, 1u);
  link.send(numbered(4), kLinkStart + microseconds{154});  // the first has left
  EXPECT_EQ(link.counters().queue_full, 1u);
  EXPECT_EQ(numbers(link, kLinkStart + seconds{1}), (std::vector<std::uint32_t>{0, 1, 2, 4}));
}

TEST(Link, TellsWhenAFrameLeavesAndWhenItArrives) {
  LinkProfile profile;
  profile.bits_per_second = 8'000'000;
  profile.queue_frames = 2;
  Link link(profile, 1);
  std::vector<Link::Passage> told;
  link.set_watch([&](const io::Frame&, const Link::Passage& passage) { told.push_back(passage); });
  for (std::uint32_t i = 0; i < 3; ++i) link.send(numbered(i), kLinkStart);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].sent, kLinkStart);
  EXPECT_EQ(told[1].leaves, kLinkStart + microseconds{2 * 154});
  EXPECT_EQ(told[1].arrives, told[1].leaves + milliseconds{1});
  EXPECT_EQ(told[2].fate, Link::Fate::Refused);
}

TEST(Link, MarksWhatFindsALongQueueAndIsEcnCapable) {
  for (const Family family : {Family::V4, Family::V6}) {
    LinkProfile profile;
    profile.bits_per_second = 8'000'000;
    profile.mark_above = 1;
    Link link(profile, 1);
    link.send(capable(family, 2), kLinkStart);  // finds nobody before it
    link.send(capable(family, 0), kLinkStart);
    link.send(capable(family, 1), kLinkStart);
    link.send(capable(family, 2), kLinkStart);
    EXPECT_EQ(link.counters().marked, 2u);
    std::vector<unsigned> marks;
    for (const io::Frame& frame : link.arrived(kLinkStart + seconds{1})) {
      marks.push_back(view_frame(frame).ecn);
      const auto ip = std::span{frame}.subspan(wire::kEthernetHeader, wire::kIpv4MinHeader);
      EXPECT_TRUE(family == Family::V6 || wire::ipv4_checksum_ok(ip));
    }
    EXPECT_EQ(marks, (std::vector<unsigned>{2, 0, 3, 3}));
  }
}

TEST(Link, NewDiceLeaveOldOnesAsTheyFell) {
  // A profile that asks for none of the newer traits draws what it always drew: seeds are kept for years.
  LinkProfile profile;
  profile.drop = 0.1;
  profile.duplicate = 0.1;
  profile.reorder = 0.2;
  profile.corrupt = 0.1;
  profile.jitter = milliseconds{2};
  Link link(profile, 42);
  for (std::uint32_t i = 0; i < 1000; ++i) link.send(numbered(i), kLinkStart + microseconds{i});
  const LinkCounters& count = link.counters();
  EXPECT_EQ(count.dropped, 83u);
  EXPECT_EQ(count.duplicated, 104u);
  EXPECT_EQ(count.reordered, 193u);
  EXPECT_EQ(count.corrupted, 106u);
  EXPECT_EQ(to_ns(*link.next_arrival()), 3'850'386);
}

}  // namespace
}  // namespace millrace::sim
