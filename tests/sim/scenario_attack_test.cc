// Bad input while two connections work: forged segments of a blind attacker, floods of options, lying windows and
// acknowledgments, text for TIME-WAIT, foreign MAC addresses, random frames. Nothing breaks, nothing leaks, every byte
// arrives, and challenge ACKs stay within their limit (RFC 5961 7).
//
// MILLRACE_SIM_ATTACK=n forges n segments, and ten times as many random frames. By default it is a million; without
// optimisation or with sanitizers it is fewer.
#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "sim/scenario.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"

namespace millrace::sim {
namespace {

using wire::Ctl;
using wire::SeqNum;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kUsual = 30'000;
#else
constexpr std::uint64_t kUsual = 1'000'000;
#endif

std::uint64_t how_many() {
  const char* text = std::getenv("MILLRACE_SIM_ATTACK");
  return text == nullptr ? kUsual : std::strtoull(text, nullptr, 10);
}

class Attack : public Scenario {
 protected:
  static constexpr std::uint64_t kBytes = 3'000'000;

  /// Two streams, one each way, that end with FIN.
  void begin_streams() {
    keep_frames = false;
    establish();
    app_a.stream(client, kBytes, 6, Then::Shutdown);
    app_b.stream(server, kBytes, 7, Then::Shutdown);
  }
  /// Both streams arrive as they were sent, and the connection ends as it should.
  void expect_intact() {
    ASSERT_TRUE(run_until([&] { return app_a.told(client).closed && app_b.told(server).closed; }, hours{2}));
    EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
    EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
    EXPECT_TRUE(app_b.told(server).received == stream_bytes(6, kBytes));
    EXPECT_TRUE(app_a.told(client).received == stream_bytes(7, kBytes));
  }
  void expect_no_reset_believed() {
    for (const From side : {From::A, From::B}) EXPECT_EQ(count(side).resets_received.get(), 0u);
  }
  /// Calls `forge` as often as asked, some times per simulated millisecond, while the streams run.
  template <class Forge>
  void attack(std::uint64_t number, Forge&& forge) {
    const Time began = world->now();
    for (std::uint64_t i = 0; i < number; ++i) {
      forge();
      if (i % 10 == 9) run(microseconds{100});
    }
    attacked_ = world->now() - began;
  }
  /// One per connection and challenge_ack_interval; the attacked are two.
  void expect_challenges_limited() {
    for (const From side : {From::A, From::B})
      EXPECT_LE(count(side).challenge_acks.get(), static_cast<std::uint64_t>(to_ms(attacked_) / 500 + 2));
  }
  /// From a random end of the connection to the other, everything else still to be set.
  TcpFrame between(From& from) {
    from = random_.chance(0.5) ? From::A : From::B;
    const std::uint16_t port = port_;
    TcpFrame frame;
    frame.source = (from == From::A ? world->a : world->b).address();
    frame.destination = (from == From::A ? world->b : world->a).address();
    frame.tcp.source_port = from == From::A ? port : 80;
    frame.tcp.destination_port = from == From::A ? 80 : port;
    return frame;
  }
  std::uint32_t any32() { return static_cast<std::uint32_t>(random_.next()); }
  std::uint16_t any16() { return static_cast<std::uint16_t>(random_.next()); }
  void put_frame(From from, io::Frame frame) {
    (from == From::A ? world->a_to_b : world->b_to_a).send(std::move(frame), world->now());
  }

  base::Random random_{56};
  std::uint16_t port_ = 0;
  Duration attacked_{0};
};

TEST_F(Attack, S56_blind_attacker) {
  start();
  begin_streams();
  port_ = client.info().local.port;
  attack(how_many(), [&] {
    From from{};
    TcpFrame frame = between(from);
    frame.tcp.seq = SeqNum{any32()};
    frame.tcp.ack = SeqNum{any32()};
    frame.tcp.window = any16();
    constexpr std::uint8_t kKinds[] = {Ctl::kRst,
                                       Ctl::kRst | Ctl::kAck,
                                       Ctl::kSyn,
                                       Ctl::kSyn | Ctl::kAck,
                                       Ctl::kAck,
                                       Ctl::kAck | Ctl::kPsh,
                                       Ctl::kFin | Ctl::kAck};
    frame.tcp.ctl.bits = kKinds[random_.below(std::size(kKinds))];
    if (random_.chance(0.5)) {
      frame.tcp.options.has_timestamps = true;
      frame.tcp.options.ts_val = any32();
      frame.tcp.options.ts_ecr = any32();
    }
    if ((frame.tcp.ctl.bits & (Ctl::kRst | Ctl::kSyn)) == 0 && random_.chance(0.7)) frame.text = text("forged");
    inject(from, frame);
  });
  expect_challenges_limited();
  for (const From side : {From::A, From::B}) EXPECT_GT(count(side).challenge_acks_limited.get(), how_many() / 100);
  expect_intact();
  expect_no_reset_believed();
}

/// The frame with `area` between TCP header and text; a multiple of four bytes, at most 40.
io::Frame with_options(TcpFrame frame, const std::vector<std::byte>& area) {
  frame.tcp.options = {};
  frame.text.insert(frame.text.begin(), area.begin(), area.end());
  io::Frame out = build_tcp_frame(frame);
  const std::size_t at = wire::kEthernetHeader + (frame.source.is_v4() ? 20 : 40);
  const std::span<std::byte> segment = std::span{out}.subspan(at);
  segment[12] = static_cast<std::byte>((20 + area.size()) / 4 << 4);
  wire::store_be16(&segment[16], 0);
  wire::store_be16(&segment[16], wire::tcp_checksum(frame.source, frame.destination, segment));
  return out;
}

TEST_F(Attack, OptionsOfAnyKindOnSegmentsInPlaceAndOnSyns) {
  start();
  begin_streams();
  port_ = client.info().local.port;
  attack(how_many() / 2, [&] {
    std::vector<std::byte> area(4 * random_.below(11));
    for (std::byte& byte : area) byte = static_cast<std::byte>(random_.chance(0.5) ? random_.below(10) : any16());
    From from{};
    TcpFrame frame = between(from);
    if (random_.chance(0.5)) {
      frame = next_of(from);  // exactly in place: only the options are strange
    } else {
      frame.tcp.source_port = any16();
      frame.tcp.destination_port = 80;
      frame.tcp.seq = SeqNum{any32()};
      frame.tcp.ctl.bits = Ctl::kSyn;
    }
    put_frame(from, with_options(frame, area));
  });
  EXPECT_GT(count(From::B).malformed_options.get(), how_many() / 100);
  expect_challenges_limited();
  expect_intact();
}

TEST_F(Attack, WindowsThatShrinkAndGrowAsTheyLike) {
  start();
  begin_streams();
  attack(how_many() / 10, [&] {
    const From from = random_.chance(0.5) ? From::A : From::B;
    TcpFrame frame = next_of(from);
    frame.tcp.window = random_.chance(0.3) ? 0 : any16();
    inject(from, frame);
  });
  expect_intact();
}

TEST_F(Attack, AcknowledgmentsOfTheUnsent) {
  start();
  begin_streams();
  attack(how_many() / 10, [&] {
    const From from = random_.chance(0.5) ? From::A : From::B;
    TcpFrame frame = next_of(from);
    frame.tcp.ack += 1'000'000 + static_cast<std::uint32_t>(random_.below(1'000'000'000));
    if (random_.chance(0.5)) frame.text = text("forged");
    inject(from, frame);
  });
  for (const From side : {From::A, From::B}) EXPECT_GT(outcomes(side, tcp::Outcome::DroppedAckOutside), 100u);
  expect_challenges_limited();
  expect_intact();
}

TEST_F(Attack, TextForAConnectionInTimeWait) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  server.close();
  run(milliseconds{10});
  ASSERT_EQ(world->a.api().time_waits(), 1u);
  const TcpFrame last = next_of(From::B);
  seen.clear();
  const Time began = world->now();
  for (int i = 0; i < 1000; ++i) {
    TcpFrame frame = last;
    frame.tcp.seq += static_cast<std::uint32_t>(random_.below(100'000));
    frame.tcp.seq -= 50'000;
    frame.tcp.ctl.bits = Ctl::kAck | (random_.chance(0.3) ? Ctl::kRst : Ctl::kPsh);
    frame.text = text("from the past");
    lose(From::A, is_any);  // the answers: B would answer them with RST
    inject(From::B, frame);
    run(milliseconds{1});
  }
  EXPECT_EQ(world->a.api().time_waits(), 1u);
  EXPECT_EQ(world->a.api().connections(), 0u);
  EXPECT_EQ(seen_from(From::A, is_rst).size(), 0u);
  run(began + minutes{1} - world->now() + milliseconds{1});
  EXPECT_EQ(world->a.api().time_waits(), 0u) << "nothing of it restarts 2 MSL";
}

TEST_F(Attack, FramesFromForeignMacAddressesTeachNothing) {
  start();
  begin_streams();
  attack(how_many() / 20, [&] {
    const From from = random_.chance(0.5) ? From::A : From::B;
    io::Frame frame = build_tcp_frame(next_of(from));
    for (std::size_t i = 6; i < 12; ++i) frame[i] = static_cast<std::byte>(any16());
    put_frame(from, std::move(frame));
  });
  expect_intact();
}

TEST_F(Attack, RandomFrames) {
  start();
  begin_streams();
  port_ = client.info().local.port;
  attack(10 * how_many(), [&] {
    From from{};
    TcpFrame frame = between(from);
    if (random_.chance(0.5)) frame.tcp.source_port = any16();
    if (random_.chance(0.3)) frame.tcp.destination_port = any16();
    frame.tcp.seq = SeqNum{any32()};
    frame.tcp.ack = SeqNum{any32()};
    frame.tcp.ctl.bits = static_cast<std::uint8_t>(any16() & ~std::uint32_t{Ctl::kSyn});
    frame.tcp.urgent_pointer = any16();
    frame.text.resize(random_.below(64));
    io::Frame bytes = build_tcp_frame(frame);
    const std::uint64_t kind = random_.below(4);
    if (kind == 0) {  // noise behind the two addresses
      bytes.resize(12 + random_.below(120));
      for (std::size_t i = 12; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(any16());
    } else if (kind == 1) {  // one bit of a real frame: a checksum tells
      bytes = build_tcp_frame(next_of(from));
      const std::uint64_t bit = random_.below(8 * bytes.size());
      bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    } else if (kind == 2) {  // cut short
      bytes.resize(random_.below(bytes.size()));
    }
    put_frame(from, std::move(bytes));
  });
  expect_intact();
  expect_no_reset_believed();
}

}  // namespace
}  // namespace millrace::sim
