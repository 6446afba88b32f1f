// What goes wrong is repaired or counted, and never taken for an answer: losses, changed bytes, refusals, a server that
// is silent; and a flood beside a load.
#include "load_bed.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

namespace millrace::load {
namespace {

constexpr std::size_t kTcp = 34, kText = 54;  // IPv4 without options

bool has_text(const LoadBed::Frame& frame) {
  return frame.size() > kText && wire::load_be16(&frame[12]) == 0x0800 &&
         wire::load_be16(&frame[16]) > 40 + std::size_t{wire::load_u8(&frame[kTcp + 12])} / 16 * 4 - 20;
}

void mend_checksum(LoadBed::Frame& frame) {
  const auto segment = std::span{frame}.subspan(kTcp, wire::load_be16(&frame[16]) - 20u);
  wire::store_be16(&segment[16], 0);
  wire::store_be16(&segment[16], wire::tcp_checksum(wire::load_ipv4(&frame[26]), wire::load_ipv4(&frame[30]), segment));
}

struct LossTest : testing::TestWithParam<Mode> {};

TEST_P(LossTest, IsRepaired) {
  Options options = one_part(GetParam(), GetParam() == Mode::Http ? 80 : 7);
  LoadBed bed{options};
  bed.start();
  base::Random random{5};
  bed.lose_in = bed.lose_out = [&](LoadBed::Frame&) { return random.chance(0.03); };
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 300; }, minutes{10}));
  EXPECT_GT(bed.count().retransmissions, 0u);
  EXPECT_GT(bed.count().timeouts, 0u);
  EXPECT_EQ(bed.count().mismatches + bed.count().failed + bed.count().bad_answers + bed.count().resets, 0u);
  bed.lose_in = bed.lose_out = nullptr;
  bed.stop();
}

INSTANTIATE_TEST_SUITE_P(Modes, LossTest, testing::Values(Mode::Rr, Mode::Cps, Mode::Http),
                         [](const auto& info) { return std::string{name_of(info.param)}; });

TEST(MismatchTest, AChangedByteIsFoundAndNamed) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].connections = 1;
  LoadBed bed{options};
  std::byte was{};
  int answers = 0;
  bed.lose_in = [&](LoadBed::Frame& frame) {
    if (has_text(frame) && ++answers == 12) {
      was = frame[kText + 3];
      frame[kText + 3] ^= std::byte{0x20};
      mend_checksum(frame);
    }
    return false;
  };
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 20; }));
  EXPECT_EQ(bed.count().mismatches, 1u);
  ASSERT_TRUE(bed.engine().first_mismatch());
  EXPECT_EQ(bed.engine().first_mismatch()->offset, 11u * 64 + 3);
  EXPECT_EQ(bed.engine().first_mismatch()->expected, was);
  EXPECT_EQ(bed.engine().first_mismatch()->got, was ^ std::byte{0x20});
  EXPECT_EQ(bed.engine().first_mismatch()->local, 1024u);
  bed.stop();
}

TEST(MismatchTest, DamageOnTheWireIsSentAgain) {
  Options options = one_part(Mode::Rr, 7);
  LoadBed bed{options};
  bed.start();
  int seen = 0;
  bed.lose_in = [&](LoadBed::Frame& frame) {
    if (has_text(frame) && ++seen % 10 == 0) frame[kText] ^= std::byte{1};
    return false;
  };
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 100; }, minutes{2}));
  EXPECT_GT(bed.engine().frames().bad_checksums, 0u);
  EXPECT_EQ(bed.count().mismatches, 0u);
  bed.lose_in = nullptr;
  bed.stop();
}

TEST(MismatchTest, AnswersOfAnotherBodyAreFound) {
  Options options = one_part(Mode::Http, 80);
  LoadBed bed{options};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 20; }));
  EXPECT_EQ(bed.count().mismatches, 0u);
  bed.lose_in = [&](LoadBed::Frame& frame) {
    if (frame.size() > 1000) {
      frame[900] ^= std::byte{1};
      mend_checksum(frame);
    }
    return false;
  };
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().mismatches >= 20; }));
  bed.lose_in = nullptr;
  bed.stop();
}

TEST(TroubleTest, ARefusedConnectionIsCountedAndTriedAgain) {
  Options options = one_part(Mode::Cps, 4711);
  LoadBed bed{options};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().resets >= 10; }));
  EXPECT_EQ(bed.count().connections + bed.count().requests, 0u);
  bed.stop();
}

TEST(TroubleTest, ASilentServerEndsInTimeouts) {
  Options options = one_part(Mode::Rr, 7);
  LoadBed bed{options};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 10; }));
  bed.lose_in = [](LoadBed::Frame&) { return true; };
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().failed >= 4; }, minutes{1}));
  EXPECT_GE(bed.count().timeouts, 4u * 7u);
  bed.lose_in = nullptr;
  const std::uint64_t before = bed.count().requests;
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= before + 100; }, minutes{2}));
  EXPECT_EQ(bed.count().mismatches, 0u);
  bed.stop();
}

/// The load has half of the ports, the flood the other half; the server answers it, and nobody answers the server.
TEST(FloodTest, BesideALoad) {
  Options options = one_part(Mode::Rr, 7);
  options.parts.push_back({.mode = Mode::SynFlood, .target = {{}, 80}, .rate = 20'000});
  LoadBed bed{options, true, 3};
  bed.start();
  bed.turn_for(seconds{1});
  EXPECT_NEAR(static_cast<double>(bed.count(1).syns), 20'000, 20);
  EXPECT_GT(bed.count(0).requests, 1000u);
  EXPECT_EQ(bed.count(0).mismatches + bed.count(0).resets + bed.count(0).failed, 0u);
  EXPECT_GT(bed.engine().frames().received, bed.count(0).requests);
  bed.stop();
}

}  // namespace
}  // namespace millrace::load
