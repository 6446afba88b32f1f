// Bulk both ways against the real stack, compared byte by byte, with a peer whose window closes and opens.
#include "bulk.h"

#include "load_bed.h"

namespace millrace::load {
namespace {

struct BulkTest : testing::TestWithParam<bool> {
  void transfer(Direction direction, std::uint16_t port, std::uint64_t bytes, bool lossy = false) {
    Options options = one_part(Mode::Bulk, port);
    options.parts[0].direction = direction;
    options.window = 1 << 17;  // of all connections, no more frames than the wire holds
    LoadBed bed{options, GetParam()};
    bed.start();
    base::Random random{7};
    const auto lose = [&](LoadBed::Frame&) { return random.chance(0.01); };
    if (lossy) bed.lose_in = bed.lose_out = lose;
    const auto done = [&] {
      return (direction == Direction::Up || bed.count().bytes_in >= bytes) &&
             (direction == Direction::Down || bed.count().bytes_out >= bytes);
    };
    EXPECT_TRUE(bed.turn_until(done, minutes{2}));
    EXPECT_EQ(bed.count().mismatches, 0u);
    EXPECT_EQ(bed.count().retransmissions > 0, lossy && direction != Direction::Down);
    bed.lose_in = bed.lose_out = nullptr;
    bed.stop();
  }
};

TEST_P(BulkTest, Down) { transfer(Direction::Down, 19, 20'000'000); }
TEST_P(BulkTest, Up) { transfer(Direction::Up, 9, 20'000'000); }
TEST_P(BulkTest, Both) { transfer(Direction::Both, 7, 20'000'000); }
TEST_P(BulkTest, DownWithLosses) { transfer(Direction::Down, 19, 2'000'000, true); }
TEST_P(BulkTest, BothWithLosses) { transfer(Direction::Both, 7, 2'000'000, true); }
TEST_P(BulkTest, UpWithLosses) { transfer(Direction::Up, 9, 2'000'000, true); }

INSTANTIATE_TEST_SUITE_P(Versions, BulkTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "V4" : "V6"; });

}  // namespace
}  // namespace millrace::load
