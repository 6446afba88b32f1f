// Flow of data: windows that close, shrink and open, odd writes, half-closed streams, late completions (RFC 9293 3.7.4,
// 3.8.6).
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using wire::SeqNum;

class Flow : public Scenario {
 protected:
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
  /// The first read widens the window beyond the 16 bits of the handshake, with an ACK of its own.
  void warm_up() {
    EXPECT_EQ(client.send(text("warm")), 4u);
    run(milliseconds{100});
    app_b.told(server).received.clear();
    seen.clear();
  }
  static ScenarioOptions small_window() {
    ScenarioOptions options;
    options.listen.receive_buffer = 16'000;
    return options;
  }
};

// Proves MUST-37, MAY-8.
TEST_F(Flow, ZeroWindowForHoursWithProbesAnsweredStaysOpen) {
  start(small_window());
  api::ConnectOptions options;
  options.user_timeout = minutes{5};  // far below: a peer that answers is alive
  establish(options);
  app_b.reading = false;
  app_a.stream(client, 100'000, 4, Then::Shutdown);
  run(seconds{5});
  const std::uint64_t probes_before = count(From::A).window_probes.get();
  const std::size_t readable = server.readable();
  seen.clear();
  run(hours{12});
  EXPECT_EQ(state(client), "FIN-WAIT-1");
  EXPECT_EQ(server.readable(), readable);
  const std::uint64_t probes = count(From::A).window_probes.get() - probes_before;
  EXPECT_GE(probes, 12u * 30);  // at least every 120 s
  EXPECT_LE(probes, 12u * 30 + 15);
  const auto answers = seen_from(From::B, is_any);
  EXPECT_GE(answers.size(), probes - 1);
  for (const Seen& answer : answers) EXPECT_EQ(answer.frame.tcp.window, 0);
  app_b.reading = true;
  app_b.read_all();
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(4, 100'000));
  server.close();
}

TEST_F(Flow, ZeroWindowWithAPeerThatIsGoneEndsAtTheUserTimeout) {
  start(small_window());
  api::ConnectOptions options;
  options.user_timeout = minutes{5};
  establish(options);
  app_b.reading = false;
  app_a.stream(client, 100'000, 4);
  run(seconds{30});
  lose(From::B, is_any, 1, 100'000);
  run(minutes{8});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::RetransmitTimeout);
  server.abort();
}

TEST_F(Flow, FirstProbeComesAfterOneRtoAndThenBacksOff) {
  start(small_window());
  establish();
  app_b.reading = false;
  app_a.stream(client, 100'000, 4);
  run(seconds{10});
  std::vector<Time> probes;
  Time closed{};
  for (const Seen& s : seen) {
    if (s.from == From::B && s.frame.tcp.window == 0 && closed == Time{}) closed = s.at + milliseconds{1};
    if (s.from == From::A && closed != Time{} && s.at > closed) probes.push_back(s.at);
  }
  ASSERT_GE(probes.size(), 4u);
  const Duration rto = microseconds{client.info().rtt_us} + milliseconds{200};
  EXPECT_TRUE(about(probes[0] - closed, rto, milliseconds{2}));
  EXPECT_TRUE(about(probes[1] - probes[0], 2 * rto, milliseconds{2}));
  EXPECT_TRUE(about(probes[2] - probes[1], 4 * rto, milliseconds{2}));
  client.abort();
  server.abort();
}

TEST_F(Flow, LostWindowUpdateIsFoundByAProbe) {
  start(small_window());
  establish();
  app_b.reading = false;
  app_a.stream(client, 100'000, 4, Then::Shutdown);
  run(seconds{5});
  lose(From::B, is_any, 1, 1);
  app_b.reading = true;
  app_b.read_all();
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(4, 100'000));
  server.close();
}

// Proves MUST-34.
TEST_F(Flow, PeerShrinksItsWindow) {
  start();
  api::ConnectOptions options;
  establish(options);
  lose(From::B, is_any, 1, 1'000'000);  // the forged peer answers alone
  TcpFrame ack = next_of(From::B);
  app_a.stream(client, 300'000, 4);
  run(milliseconds{5});
  const SeqNum first = seen_from(From::A, has_text).at(0).frame.tcp.seq;
  const auto sent = seen_from(From::A, has_text);
  const SeqNum high = sent.back().frame.tcp.seq + sent.back().frame.seg_len();
  ASSERT_GT(high - first, 10'000u);
  // The right edge moves left, into what is in flight: MUST-34, nothing new; SHLD-16: old data inside the window only.
  ack.tcp.ack = first + 2000;
  const unsigned shift = world->a.shard().find(client.id())->snd_wscale;
  ack.tcp.window = static_cast<std::uint16_t>(1000 >> shift);
  ack.tcp.options.ts_ecr = sent.back().frame.tcp.options.ts_val;
  inject(From::B, ack);
  run(milliseconds{5});
  seen.clear();
  run(seconds{30});
  EXPECT_EQ(state(client), "ESTABLISHED");
  for (const Seen& s : seen_from(From::A, has_text)) EXPECT_LE(s.frame.tcp.seq, first + 3000) << "beyond the edge";
  EXPECT_FALSE(seen_from(From::A, has_text).empty());
  // It opens again; everything outstanding is acknowledged.
  seen.clear();
  ack.tcp.ack = high;
  ack.tcp.window = static_cast<std::uint16_t>(60'000 >> shift);
  ack.tcp.options.ts_val += 30'000;
  inject(From::B, ack);
  run(milliseconds{5});
  ASSERT_FALSE(seen_from(From::A, has_text).empty());
  EXPECT_EQ(seen_from(From::A, has_text)[0].frame.tcp.seq, high);
  client.abort();
  server.abort();
}

// Proves MUST-35.
TEST_F(Flow, PeerShrinksItsWindowToZeroWithDataInFlight) {
  start();
  establish();
  app_a.stream(client, 50'000, 4, Then::Shutdown);
  run(microseconds{500});
  TcpFrame shrink = next_of(From::B);
  shrink.tcp.window = 0;
  inject(From::B, shrink);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(4, 50'000));
  server.close();
}

TEST_F(Flow, ReaderStallsAndResumesAgainAndAgain) {
  start(small_window());
  establish();
  app_a.stream(client, 400'000, 4, Then::Shutdown);
  app_b.reading = false;
  while (!app_b.told(server).peer_closed) {
    run(seconds{3});
    ASSERT_LT(world->now(), time_from_ns(2'000'000'000'000));
    app_b.read_all();
  }
  app_b.read_all();
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(4, 400'000));
  server.close();
}

TEST_F(Flow, ReaderTakesOneByteAtATimeAndAdvertisesNoSillyWindow) {
  start(small_window());
  establish();
  app_b.reading = false;
  app_a.stream(client, 40'000, 4, Then::Shutdown);
  run(seconds{1});
  std::vector<std::byte> got;
  seen.clear();
  for (int i = 0; i < 1000; ++i) {
    std::byte one;
    ASSERT_EQ(server.receive({&one, 1}), 1u);
    got.push_back(one);
    run(milliseconds{1});
  }
  for (const Seen& s : seen_from(From::A, has_text)) EXPECT_TRUE(s.frame.text.size() == 1 || s.frame.text.size() > 500);
  while (!app_b.told(server).peer_closed || server.readable() > 0) {
    std::byte some[100];
    got.insert(got.end(), some, some + server.receive(some));
    run(milliseconds{1});
    ASSERT_LT(got.size(), 40'001u);
  }
  EXPECT_TRUE(got.size() == 40'000u);
  server.close();
}

TEST_F(Flow, OneByteWritesWithNagleFillSegments) {
  start();
  establish();
  app_a.stream(client, 20'000, 4, Then::Shutdown, 1);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(4, 20'000));
  EXPECT_LE(seen_from(From::A, has_text).size(), 17u);
  server.close();
}

TEST_F(Flow, OneByteWritesWithoutNagleArriveAsTheyWereMade) {
  start();
  api::ConnectOptions options;
  options.no_delay = true;
  establish(options);
  for (int i = 0; i < 500; ++i) {
    const std::byte one{static_cast<unsigned char>(i)};
    EXPECT_EQ(client.send({&one, 1}), 1u);
    run(microseconds{100});
  }
  run(seconds{1});
  // The peer counts bytes before it acknowledges, which a probe may take for silence.
  EXPECT_EQ(seen_from(From::A, has_text).size(), 500u + count(From::A).tail_loss_probes.get());
  ASSERT_EQ(app_b.told(server).received.size(), 500u);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(app_b.told(server).received[i], std::byte{static_cast<unsigned char>(i)});
  close_both();
}

TEST_F(Flow, NagleHoldsASmallWriteBackWhileDataIsOutstanding) {
  start();
  establish();
  warm_up();
  EXPECT_EQ(client.send(text("a")), 1u);
  run(microseconds{10});
  EXPECT_EQ(client.send(text("bc")), 2u);
  run(milliseconds{20});
  EXPECT_EQ(seen_from(From::A, has_text).size(), 1u);
  run(milliseconds{100});  // the delayed ACK after 40 ms lets it go
  const auto sent = seen_from(From::A, has_text);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[1].frame.text, text("bc"));
  EXPECT_TRUE(about(sent[1].at - sent[0].at, milliseconds{42}));
  close_both();
}

TEST_F(Flow, DelayedAckWaitsFortyMillisecondsAndEverySecondSegmentIsAcknowledgedAtOnce) {
  start();
  api::ConnectOptions options;
  options.no_delay = true;
  establish(options);
  warm_up();
  EXPECT_EQ(client.send(text("x")), 1u);
  run(milliseconds{100});
  auto acks = seen_from(From::B, is_bare_ack);
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(about(acks[0].at - seen[0].at, milliseconds{41}));
  seen.clear();
  app_a.stream(client, 2 * 1448 + 100, 1);
  run(milliseconds{10});
  acks = seen_from(From::B, is_bare_ack);
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(about(acks[0].at - seen[0].at, milliseconds{1}));
  close_both();
}

TEST_F(Flow, BothDirectionsAtOnceThenHalfCloseWithMuchDataAfterIt) {
  start();
  establish();
  app_a.stream(client, 500'000, 1, Then::Shutdown);
  app_b.stream(server, 4'000'000, 2);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  run(milliseconds{100});
  app_b.stream(server, 10, 3, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed && app_b.told(server).closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(1, 500'000));
  auto expected = stream_bytes(2, 4'000'000);
  const auto tail = stream_bytes(3, 10);
  expected.insert(expected.end(), tail.begin(), tail.end());
  EXPECT_TRUE(app_a.told(client).received == expected);
}

TEST_F(Flow, FirstRetransmissionLostWaitsTwiceAsLong) {
  start();
  establish();
  EXPECT_EQ(client.send(text("x")), 1u);
  run(seconds{1});  // a sample of 41 ms and more
  seen.clear();
  lose(From::A, has_text, 1, 3);
  EXPECT_EQ(client.send(text("y")), 1u);
  run(seconds{3});
  const auto tries = seen_from(From::A, has_text);
  ASSERT_EQ(tries.size(), 4u);
  const Duration first = tries[1].at - tries[0].at;
  EXPECT_GE(first, milliseconds{200});
  EXPECT_TRUE(about(tries[2].at - tries[1].at, first)) << "the one before was a probe";
  EXPECT_TRUE(about(tries[3].at - tries[2].at, 2 * first));
  EXPECT_EQ(app_b.told(server).received, text("xy"));
  EXPECT_EQ(count(From::A).timeouts.get(), 2u);
  close_both();
}

TEST_F(Flow, OneLostSegmentIsRepairedByFastRetransmit) {
  start();
  establish();
  lose(From::A, has_text, 5);
  app_a.stream(client, 60'000, 1);
  run(milliseconds{150});
  EXPECT_EQ(app_b.told(server).received.size(), 60'000u);
  EXPECT_EQ(count(From::A).fast_retransmits.get(), 1u);
  EXPECT_EQ(count(From::A).timeouts.get(), 0u);
  EXPECT_EQ(client.info().retransmits, 1u);
  close_both();
}

TEST_F(Flow, FramesHeldByTheNicForEverAreNeverWrittenDuringRto) {
  ScenarioOptions options;
  options.a.lazy_completion = io::MemPort::kUnlimited;
  start(options);
  establish();
  lose(From::A, has_text, 1, 6);
  lose(From::A, has_text, 20, 7);
  lose(From::B, is_bare_ack, 3, 5);
  app_a.stream(client, 100'000, 8, Then::Shutdown, 3000);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(8, 100'000));
  EXPECT_GT(count(From::A).timeouts.get(), 0u);
  EXPECT_GT(count(From::A).retransmits.get(), 6u);
  EXPECT_GT(world->a.port().held(), 80u);
  server.close();
}

TEST_F(Flow, FullTransmitRingDelaysAndLosesNothing) {
  start();
  world->a.port().set_tx_ring(1);
  world->b.port().set_tx_ring(1);
  establish();
  app_a.stream(client, 300'000, 8, Then::Shutdown);
  app_b.stream(server, 300'000, 9, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).closed && app_a.told(client).closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(8, 300'000));
  EXPECT_TRUE(app_a.told(client).received == stream_bytes(9, 300'000));
  EXPECT_GT(world->a.port().counters().tx_refused, 0u);
  EXPECT_EQ(count(From::A).retransmits.get() + count(From::B).retransmits.get(), 0u);
}

TEST_F(Flow, TransmitRingThatTakesNothingForASecond) {
  start();
  establish();
  world->a.port().set_tx_ring(0);
  app_a.stream(client, 100'000, 8, Then::Shutdown);
  run(seconds{1});
  EXPECT_TRUE(seen_from(From::A, is_any).empty());
  world->a.port().set_tx_ring(io::MemPort::kUnlimited);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(8, 100'000));
  server.close();
}

}  // namespace
}  // namespace millrace::sim
