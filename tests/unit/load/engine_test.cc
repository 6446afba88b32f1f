// The engine segment by segment: one connection of an rr job, and a peer that says exactly what the test says.
#include "engine.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "set_up.h"
#include "wire/tcp_header.h"

namespace millrace::load {
namespace {

using wire::Ctl;

constexpr std::uint16_t kServerPort = 7, kPort = 5000;

/// A segment of ours, as the peer sees it.
struct Seen {
  SeqNum seq, ack;
  std::uint8_t ctl = 0;
  wire::TcpOptions options;
  std::vector<std::byte> text;
};

struct EngineTest : testing::Test {
  EngineTest() {
    options.sources.emplace(wire::IpAddress::v4(0x0a010002), 1, std::uint8_t{24});
    options.ports = {kPort, kPort};
    options.verify = true;
    options.parts = {{.mode = Mode::Rr, .target = {server.first(), kServerPort}, .connections = 1, .size = 100}};
  }

  void start() {
    engine.emplace(engine_settings(options, false, 1'000'000), *options.sources, pool);
    Neighborhood neighborhood{{}, *options.sources, server.first()};
    add_parts(options, *engine, neighborhood);
    engine->start({{2, 0, 0, 0, 0, 2}}, {{2, 0, 0, 0, 0, 1}});
    engine->parts()[0].job->begin(now);
    turn();
  }
  /// SYN and SYN,ACK; what we send next is left in `seen`.
  void establish(std::uint16_t mss = 1460, std::uint16_t window = 8192) {
    start();
    ASSERT_EQ(seen.size(), 1u);
    iss = seen[0].seq;
    std::vector<std::byte> syn_options = {std::byte{2}, std::byte{4}, static_cast<std::byte>(mss >> 8),
                                          static_cast<std::byte>(mss)};
    answer({irs, iss + 1}, Ctl::kSyn | Ctl::kAck, window, {}, syn_options);
  }

  struct Numbers {
    SeqNum seq, ack;
  };
  void answer(Numbers numbers, std::uint8_t ctl, std::uint16_t window, const std::vector<std::byte>& text = {},
              const std::vector<std::byte>& tcp_options = {}) {
    const HeaderTemplate header{server, {options.sources->first(), kPort}, window, false};
    pkt::Packet* packet = pool.alloc();
    packet->append(static_cast<std::uint16_t>(header.size() + tcp_options.size() + text.size()));
    std::ranges::copy(tcp_options, packet->data() + header.size());
    std::ranges::copy(text, packet->data() + header.size() + tcp_options.size());
    header.write(*packet, {server.word(0), kServerPort, numbers.seq, numbers.ack, ctl}, tcp_options.size());
    turn({packet});
  }
  void turn(const std::vector<pkt::Packet*>& burst = {}) {
    seen.clear();
    now += microseconds{10};
    engine->receive(burst, now);
    engine->run_jobs();
    engine->sweep();
    engine->transmit();
    for (pkt::Packet* packet : engine->pending()) {
      Arrival arrival;
      ASSERT_EQ(read_frame(*packet, server, true, arrival), FrameKind::Segment);
      seen.push_back({arrival.seq,
                      arrival.ack,
                      arrival.ctl.bits,
                      wire::parse_tcp_options(arrival.options),
                      {arrival.text.begin(), arrival.text.end()}});
      packet->free();
    }
    engine->sent(engine->pending().size());
  }
  /// Turns of a millisecond until something is sent.
  Duration wait_for_segment() {
    const Time from = now;
    do {
      now += milliseconds{1};
      turn();
    } while (seen.empty() && now - from < minutes{5});
    return now - from;
  }
  Connection& connection() { return engine->connection(kPort); }
  const Counts& count() { return engine->parts()[0].count; }
  static std::vector<std::byte> zeros(std::size_t n) { return std::vector<std::byte>(n); }

  const Sources server{wire::IpAddress::v4(0x0a010001), 1, 24};
  const SeqNum irs{0xffff'fff0};
  Options options;
  pkt::PacketPool pool{{.name = "engine", .packets = 255, .memory = pkt::PoolMemory::Heap}};
  std::optional<Engine> engine;
  Time now = time_from_ns(1'000'000'000);
  SeqNum iss;
  std::vector<Seen> seen;
};

TEST_F(EngineTest, TheSynAnnouncesMssAndScale) {
  options.window = 1 << 20;
  start();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kSyn);
  EXPECT_EQ(seen[0].options.mss, 1460);
  EXPECT_TRUE(seen[0].options.has_window_scale);
  EXPECT_EQ(seen[0].options.window_scale, 5);
  EXPECT_TRUE(seen[0].text.empty());
}

TEST_F(EngineTest, TheHandshakesAckCarriesTheRequest) {
  establish();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kAck | Ctl::kPsh);
  EXPECT_EQ(seen[0].seq, iss + 1);
  EXPECT_EQ(seen[0].ack, irs + 1);
  EXPECT_EQ(seen[0].text.size(), 100u);
}

TEST_F(EngineTest, AWrongAckOfTheSynIsReset) {
  start();
  iss = seen[0].seq;
  answer({irs, iss + 2}, Ctl::kSyn | Ctl::kAck, 8192);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kRst);
  EXPECT_EQ(seen[0].seq, iss + 2);
  EXPECT_EQ(connection().state, State::SynSent);
}

TEST_F(EngineTest, ThePeersMssAndWindowBoundWhatIsSent) {
  options.parts[0].size = 1000;
  options.parts[0].answer = 1000;
  establish(300, 700);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].text.size(), 300u);
  EXPECT_EQ(seen[1].text.size(), 300u);
  EXPECT_EQ(seen[2].text.size(), 100u);
  EXPECT_EQ(seen[2].ctl, Ctl::kAck);
  answer({irs + 1, iss + 301}, Ctl::kAck, 700);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].seq, iss + 701);
  EXPECT_EQ(seen[0].text.size(), 300u);
  EXPECT_EQ(seen[0].ctl, Ctl::kAck | Ctl::kPsh);
}

TEST_F(EngineTest, WithoutMssOptionItIs536) {
  options.parts[0].size = 1000;
  start();
  iss = seen[0].seq;
  answer({irs, iss + 1}, Ctl::kSyn | Ctl::kAck, 8192);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text.size(), 536u);
}

TEST_F(EngineTest, TextBehindAGapIsDroppedAndAskedFor) {
  establish();
  answer({irs + 11, iss + 101}, Ctl::kAck, 8192, zeros(20));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kAck);
  EXPECT_EQ(seen[0].ack, irs + 1);
  EXPECT_TRUE(seen[0].text.empty());
  EXPECT_EQ(count().bytes_in, 0u);
}

TEST_F(EngineTest, WhatWasReceivedAlreadyIsCutOff) {
  establish();
  answer({irs + 1, iss + 101}, Ctl::kAck, 8192, zeros(20));
  EXPECT_EQ(seen[0].ack, irs + 21);
  answer({irs + 1, iss + 101}, Ctl::kAck, 8192, zeros(20));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ack, irs + 21);
  answer({irs + 11, iss + 101}, Ctl::kAck, 8192, zeros(30));
  EXPECT_EQ(seen[0].ack, irs + 41);
  EXPECT_EQ(count().bytes_in, 40u);
}

TEST_F(EngineTest, AnAckOfWhatWasNeverSentIsAnswered) {
  establish();
  answer({irs + 1, iss + 102}, Ctl::kAck, 8192, zeros(20));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ack, irs + 1);
  EXPECT_EQ(count().bytes_in, 0u);
}

TEST_F(EngineTest, TheRetransmissionTimeoutDoublesAndEnds) {
  establish();
  Duration last{0};
  for (int i = 1; i <= 6; ++i) {
    const Duration waited = wait_for_segment();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].seq, iss + 1);
    EXPECT_EQ(seen[0].text.size(), 100u);
    EXPECT_EQ(count().retransmissions, static_cast<std::uint64_t>(i));
    if (i > 1) {
      EXPECT_NEAR(static_cast<double>(to_ms(waited)), static_cast<double>(2 * to_ms(last)), 110);
    }
    last = waited;
  }
  (void)wait_for_segment();  // it is given up, and the job opens another
  EXPECT_EQ(count().failed, 1u);
  EXPECT_EQ(count().timeouts, 7u);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kSyn);
  EXPECT_GT(seen[0].seq, iss + 101);
}

TEST_F(EngineTest, GoBackNSendsAllAgain) {
  options.parts[0].size = 900;
  establish(300);
  ASSERT_EQ(seen.size(), 3u);
  answer({irs + 1, iss + 301}, Ctl::kAck, 8192);
  EXPECT_TRUE(seen.empty());
  (void)wait_for_segment();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].seq, iss + 301);
  EXPECT_EQ(seen[1].seq, iss + 601);
  answer({irs + 1, iss + 901}, Ctl::kAck, 8192);
  EXPECT_FALSE(connection().outstanding());
  EXPECT_EQ(count().bytes_out, 900u);
}

TEST_F(EngineTest, AClosedWindowIsProbedByOneByte) {
  establish(1460, 0);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_TRUE(seen[0].text.empty());
  for (int i = 0; i < 20; ++i) {
    (void)wait_for_segment();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].seq, iss + 1);
    EXPECT_EQ(seen[0].text.size(), 1u);
    answer({irs + 1, iss + 1}, Ctl::kAck, 0);
  }
  EXPECT_EQ(count().timeouts, 0u);
  answer({irs + 1, iss + 2}, Ctl::kAck, 8192);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].seq, iss + 2);
  EXPECT_EQ(seen[0].text.size(), 99u);
}

TEST_F(EngineTest, AResetInOrderEndsItAndOthersDoNot) {
  establish();
  answer({irs + 2, iss + 101}, Ctl::kRst, 0);
  EXPECT_EQ(connection().state, State::Open);
  answer({irs + 1, iss + 101}, Ctl::kRst, 0);
  EXPECT_EQ(connection().state, State::Closed);
  EXPECT_EQ(count().resets, 1u);
  EXPECT_EQ(engine->parts()[0].open, 0u);
}

TEST_F(EngineTest, ThePeersFinIsAnsweredByOurs) {
  establish();
  answer({irs + 1, iss + 101}, Ctl::kAck | Ctl::kFin, 8192, zeros(100));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl & Ctl::kFin, Ctl::kFin);
  EXPECT_EQ(seen[0].ack, irs + 102);
  const SeqNum fin = seen[0].seq + static_cast<std::uint32_t>(seen[0].text.size());
  answer({irs + 102, fin + 1}, Ctl::kAck, 8192);
  ASSERT_EQ(seen.size(), 1u);  // the job opens it again at once
  EXPECT_EQ(seen[0].ctl, Ctl::kSyn);
  EXPECT_GT(seen[0].seq, fin);
}

struct ClosedTest : EngineTest {
  /// A connection that the client closed is over.
  void close() {
    options.parts[0].mode = Mode::Cps;
    options.parts[0].rate = 0.001;  // one, and no other
    options.verify = false;
    establish();
    answer({irs + 1, iss + 101}, Ctl::kAck, 8192, zeros(100));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].ctl, Ctl::kAck | Ctl::kFin);
    answer({irs + 101, iss + 102}, Ctl::kAck | Ctl::kFin, 8192);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].ack, irs + 102);
    EXPECT_EQ(connection().state, State::Closed);
    EXPECT_EQ(count().connections, 1u);
  }
};

TEST_F(ClosedTest, AFinThatComesAgainIsAcknowledged) {
  close();
  answer({irs + 101, iss + 102}, Ctl::kAck | Ctl::kFin, 8192);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kAck);
  EXPECT_EQ(seen[0].ack, irs + 102);
  EXPECT_EQ(seen[0].seq, iss + 102);
}

TEST_F(ClosedTest, AnythingElseIsReset) {
  close();
  answer({irs + 200, iss + 300}, Ctl::kAck, 8192, zeros(5));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kRst);
  EXPECT_EQ(seen[0].seq, iss + 300);
  answer({irs + 200, SeqNum{}}, Ctl::kSyn, 8192);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].ctl, Ctl::kRst | Ctl::kAck);
  EXPECT_EQ(seen[0].ack, irs + 201);
  answer({irs + 200, iss + 300}, Ctl::kRst, 8192);
  EXPECT_TRUE(seen.empty());
  answer({irs + 200, iss + 300}, Ctl::kSyn | Ctl::kAck, 8192);  // a flood's SYN is answered so
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace millrace::load
