// Text goes out in place when its buffer is ours alone, else through indirect packets; splicing between connections.
#include "fixture.h"
#include "tcp/build_segment.h"
#include "tcp/send_queue.h"

namespace millrace::tcp::test {
namespace {

using ZeroCopy = SegmentTest;

TEST_F(ZeroCopy, AWholeSliceGoesInPlace) {
  given(State::Established);
  app_sends(1460);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].in_place);
  EXPECT_EQ(sent[0].parts, 1u);
}

TEST_F(ZeroCopy, TheSameBufferAgainOnceTheNicIsDone) {
  given_sent(1460);
  elapse(milliseconds{1001});
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].in_place);
}

TEST_F(ZeroCopy, IndirectWhileTheNicHoldsIt) {
  nic_holds();
  given_sent(1460);
  elapse(milliseconds{1001});
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_FALSE(sent[0].in_place);
  EXPECT_EQ(sent[0].parts, 2u);
  EXPECT_EQ(sent[0].text, text_from(1, 1460));
  arrives(seg().ack(1461));
  EXPECT_LT(data_pool().available(), data_pool().size()) << "the NIC still reads";
  nic_releases();
  EXPECT_EQ(data_pool().available(), data_pool().size());
}

TEST_F(ZeroCopy, PartOfASliceIsIndirect) {
  given(State::Established, {.window = 800});
  app_sends(1460);
  std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].parts, 2u);
  EXPECT_EQ(sent[0].text.size(), 800u);
  arrives(seg().ack(801));
  sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].in_place) << "the rest is a slice of its own";
  EXPECT_EQ(sent[0].text, text_from(801, 660));
}

/// 800 bytes of the first of three full packets have been sent, and now the window takes all.
struct PartlySent : SegmentTest {
  std::vector<Sent> all_of_the_rest(const UserOptions& options, bool cork = false) {
    given(State::Established, {.window = 800}, options);
    for (int i = 0; i < 3; ++i) app_gives(1460);
    EXPECT_EQ(take_sent().size(), 1u);
    set_cork(tcb(), cork, env);
    arrives(seg().ack(801).wnd(65535));
    return take_sent();
  }
  /// A packet, as a splice has it.
  void app_gives(std::uint16_t n) {
    pkt::Packet* packet = data_pool().alloc();
    ASSERT_NE(packet, nullptr);
    std::memcpy(packet->append(n), text_from(given_, n).data(), n);
    packet->data_to_slice();
    ASSERT_TRUE(send_packet(tcb(), *packet, env));
    given_ += n;
  }
  static std::vector<std::size_t> lengths(const std::vector<Sent>& sent) {
    std::vector<std::size_t> lengths;
    for (const Sent& one : sent) lengths.push_back(one.text.size());
    return lengths;
  }

 private:
  std::uint32_t given_ = 1;
};

TEST_F(PartlySent, AShorterSegmentLetsThePacketsBehindItGoInPlace) {
  const std::vector<Sent> sent = all_of_the_rest({.no_delay = true});
  ASSERT_EQ(lengths(sent), (std::vector<std::size_t>{660, 1460, 1460}));
  for (const Sent& one : sent) EXPECT_TRUE(one.in_place);
  EXPECT_EQ(sent[0].text, text_from(801, 660));
  EXPECT_EQ(sent[2].text, text_from(2921, 1460));
}

TEST_F(PartlySent, NagleWantsFullSegments) {
  const std::vector<Sent> sent = all_of_the_rest({});
  EXPECT_EQ(lengths(sent), (std::vector<std::size_t>{1460, 1460}));
}

TEST_F(PartlySent, SoDoesACork) {
  const std::vector<Sent> sent = all_of_the_rest({.no_delay = true}, true);
  EXPECT_EQ(lengths(sent), (std::vector<std::size_t>{1460, 1460}));
}

TEST_F(PartlySent, SoDoesWhatIsCopied) {
  given(State::Established, {.window = 800}, {.no_delay = true});
  app_sends(3 * 1460);
  EXPECT_EQ(take_sent().size(), 1u);
  arrives(seg().ack(801).wnd(65535));
  EXPECT_EQ(lengths(take_sent()), (std::vector<std::size_t>{1460, 1460, 660}));
}

TEST_F(PartlySent, WhatIsSentAgainKeepsItsBorders) {
  EXPECT_EQ(lengths(all_of_the_rest({})), (std::vector<std::size_t>{1460, 1460}));
  set_options(tcb(), {.no_delay = true}, env);
  take_sent();
  elapse(milliseconds{1001});
  const std::vector<Sent> sent = take_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].text, text_from(801, 1460));
}

TEST_F(ZeroCopy, SmallPartsOfSeveralSlicesAreCopied) {
  given(State::Established, {.mss = 100});
  nic_holds();
  for (int i = 0; i < 3; ++i) {
    app_sends(i == 0 ? 100 : 30);
    if (i == 0) drain();
  }
  nic_releases();
  const std::uint64_t before = count.compacted_bytes.get();
  arrives(seg().ack(101));
  sends("PA seq=101 ack=1 len=60");
  EXPECT_GE(count.compacted_bytes.get(), before);
}

TEST_F(ZeroCopy, CopiedBelow256BytesChainedFrom256) {
  given(State::Established);
  tcb().snd_wnd = 0;
  const auto add_slice = [this](std::uint32_t first, std::uint16_t n) {
    pkt::Packet* packet = data_pool().alloc();
    const std::string text = text_from(first, n);
    std::memcpy(packet->append(n), text.data(), n);
    packet->data_to_slice();
    tcb().snd_queue.push_back(*packet);
    count.send_memory.add(packet->truesize());
  };
  add_slice(1, 100);
  add_slice(101, 155);
  add_slice(256, 100);
  add_slice(356, 156);
  SendCursor cursor = cursor_at_front(tcb());
  for (const std::uint32_t length : {255u, 256u}) {
    std::uint32_t n = length;
    pkt::Packet* packet = build_text(tcb(), tcb().snd_nxt, Ctl::kAck, cursor, n, env);
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(n, length);
    const Sent sent = read_sent(*packet);
    EXPECT_EQ(sent.parts, length == 255 ? 1u : 3u);
    EXPECT_EQ(sent.text, text_from(length == 255 ? 1 : 256, length));
    tcb().snd_nxt += length;
    packet->free();
  }
  EXPECT_EQ(count.compacted_bytes.get(), 255u);
}

TEST_F(ZeroCopy, AtMostEightBuffersPerSegment) {
  given(State::Established);
  for (std::uint32_t i = 0; i < 10; ++i) {
    pkt::Packet* packet = data_pool().alloc();
    const std::string text = text_from(1 + 100 * i, 100);
    std::memcpy(packet->append(100), text.data(), 100);
    packet->data_to_slice();
    tcb().snd_queue.push_back(*packet);
    count.send_memory.add(packet->truesize());
  }
  app_shuts_down();
  sends("A seq=1 ack=1 len=800", "FPA seq=801 ack=1 len=200");
  EXPECT_EQ(tcb().snd_nxt, snd(1002));
}

TEST_F(ZeroCopy, InPlaceNeedsHeadroomForAllHeaders) {
  given(State::Established);
  for (const std::uint16_t headroom : {117, 118}) {
    pkt::Packet* packet = data_pool().alloc();
    packet->set_data(headroom, 0);
    const SeqNum next = tcb().snd_nxt;
    const std::string text = text_from(next - snd(0), 300);
    std::memcpy(packet->append(300), text.data(), 300);
    packet->data_to_slice();
    enqueue_packet(tcb(), *packet, env);
    owe(tcb(), kOweData, env);
    const std::vector<Sent> sent = take_sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].in_place, headroom == 118);
    EXPECT_EQ(sent[0].text, text);
    arrives(seg());
  }
}

TEST_F(ZeroCopy, WhatIsCutAtTheFrontHasNoSumAnyMore) {
  given(State::Established);
  for (const std::uint16_t cut : {0, 1, 4, 20, 21, 60}) {
    pkt::Packet* packet = data_pool().alloc();
    std::memcpy(packet->append(300), text_from(1, 300).data(), 300);
    packet->know_sum(packet->headroom(), 300, 0x1234);
    packet->trim_front(cut);
    packet->data_to_slice();
    enqueue_packet(tcb(), *packet, env);
    owe(tcb(), kOweData, env);
    const std::vector<Sent> sent = take_sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_TRUE(sent[0].in_place);
    EXPECT_EQ(sent[0].summed, cut == 0 ? 300 : 0) << cut;
    arrives(seg());
  }
}

TEST_F(ZeroCopy, EchoMovesTheBuffer) {
  given(State::Established);
  arrives(seg().data(1000));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 1000u);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].in_place);
  EXPECT_EQ(sent[0].text, text_from(1, 1000));
  EXPECT_EQ(count.payload_copies.get(), 0u);
  EXPECT_EQ(transfer(tcb(), tcb(), env), 0u);
  sends_nothing();
}

TEST_F(ZeroCopy, TransferStopsAtTheSendBuffer) {
  given(State::Established, {}, {.send_buffer = 2 * 2432});
  for (int i = 0; i < 3; ++i) arrives(seg().data(1000));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 2000u);
  EXPECT_TRUE(tcb().has(kWantRoom));
  EXPECT_EQ(tcb().rcv_queue.bytes(), 1000u);
  drain();
  arrives(seg());
  events("Writable 1460");
  drain();
}

TEST_F(ZeroCopy, TransferTakesWhatMayBeSentAndABurst) {
  given(State::Established, {.window = 0}, {.send_buffer = 100 * 2432});
  for (int i = 0; i < 20; ++i) arrives(seg().data(1460));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 12u * 1460) << "16 KiB are reached";
  EXPECT_TRUE(tcb().has(kWantRoom));
  EXPECT_EQ(transfer(tcb(), tcb(), env), 0u);
  drain();
  arrives(seg().ack(1).wnd(10'000));
  EXPECT_FALSE(tcb().has(kWantRoom));
  drain();
  EXPECT_GT(transfer(tcb(), tcb(), env), 0u) << "some has been sent";
  drain();
}

// What nothing else would start again must be started by an event: a splice that waits for room is asked again.
TEST_F(ZeroCopy, TransferBehindACorkFillsASegmentAndGoesOn) {
  given(State::Established, {}, {.send_buffer = 100 * 2432});
  set_cork(tcb(), true, env);
  arrives(seg().data(1000));
  drain();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 1000u);
  for (const Sent& sent : take_sent()) EXPECT_EQ(sent.text.size(), 0u);
  for (int i = 0; i < 20; ++i) arrives(seg().data(1460));
  drain();
  std::size_t moved = 0, calls = 0;
  do {
    moved += transfer(tcb(), tcb(), env);
    EXPECT_EQ(tcb().has(kWantRoom), !tcb().rcv_queue.empty());
    std::size_t sent_bytes = 0;
    for (const Sent& sent : take_sent()) sent_bytes += sent.text.size();
    EXPECT_GT(sent_bytes, 0u) << "whole segments leave";
    arrives(seg().ack(static_cast<std::uint32_t>(tcb().snd_nxt - tcb().iss)));
    EXPECT_FALSE(tcb().has(kWantRoom)) << "the application has been told";
    drain();
    ASSERT_LT(++calls, 20u);
  } while (!tcb().rcv_queue.empty());
  EXPECT_EQ(moved, 20u * 1460);
}

TEST_F(ZeroCopy, TransferIntoAnOpeningConnectionStopsAndIsAskedAgain) {
  given(State::Established);
  for (int i = 0; i < 20; ++i) arrives(seg().data(1460));
  drain();
  Tcb& from = tcb();
  ++key.local_port;
  given(State::SynSent, {}, {.send_buffer = 100 * 2432});
  EXPECT_EQ(transfer(from, tcb(), env), 12u * 1460) << "16 KiB are reached";
  EXPECT_TRUE(tcb().has(kWantRoom));
  drain();
  arrives(seg().syn().seq(0).ack(1));
  drain();
  arrives(seg().ack(1 + 1460));
  EXPECT_FALSE(tcb().has(kWantRoom)) << "the application has been told";
  drain();
  EXPECT_GT(transfer(from, tcb(), env), 0u);
  drain();
}

TEST_F(ZeroCopy, TransferIntoAClosedSideMovesNothing) {
  given(State::CloseWait);
  app_shuts_down();
  EXPECT_EQ(transfer(tcb(), tcb(), env), 0u);
  drain();
}

TEST_F(ZeroCopy, TransferTheLastBytesOfAResetConnection) {
  given(State::Established);
  arrives(seg().data(300));
  arrives(seg().rst());
  drain();
  Tcb& from = tcb();
  ++key.local_port;
  given(State::Established);
  EXPECT_EQ(transfer(from, tcb(), env), 300u);
  events("Closed: reset by peer");
  EXPECT_EQ(take_sent().size(), 1u);
}

TEST_F(ZeroCopy, TransferOpensTheWindow) {
  given(State::Established, {}, {.receive_buffer = 4 * 2432});
  for (int i = 0; i < 4; ++i) arrives(seg().data(1460));
  sends("A seq=1 ack=5841 win=0");
  drain();
  Tcb& from = tcb();
  ++key.local_port;
  given(State::Established);
  transfer(from, tcb(), env);
  EXPECT_NE(from.owed & kOweAck, 0);
  drain();
}

TEST_F(ZeroCopy, SendRoomCountsWholeBuffers) {
  given(State::Established, {}, {.send_buffer = 3 * 2432 - 1});
  EXPECT_EQ(send_room(tcb(), env), 2u * 1460);
  app_sends(1460);
  EXPECT_EQ(send_room(tcb(), env), 1460u);
  app_sends(1460 * 2);
  EXPECT_EQ(send_room(tcb(), env), 0u);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
