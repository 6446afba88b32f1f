// The port ledger: against a std::set over millions of random operations; its bounds, its memory, its edges.
#include "flow/port_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "unit/flow/ledger_bed.h"

namespace millrace::flow {
namespace {

constexpr base::SipKey kSecret{1, 2};

TEST(PortLedger, ADestinationVanishesWithItsLastPort) {
  PortLedger ledger{{}, 10, kSecret};
  EXPECT_EQ(ledger.find(key_towards(1)), nullptr);
  ASSERT_TRUE(ledger.take(key_towards(1, 40000), kOurs));
  ASSERT_TRUE(ledger.take(key_towards(1, 40001), kOurs));
  EXPECT_FALSE(ledger.take(key_towards(1, 40000), kOurs)) << "taken";
  ASSERT_TRUE(ledger.take(key_towards(2, 40000), kOurs)) << "another destination";
  ASSERT_NE(ledger.find(key_towards(1)), nullptr);
  EXPECT_EQ(ledger.find(key_towards(1, 5)), ledger.find(key_towards(1))) << "our port is not part of a destination";
  EXPECT_EQ(ledger.left(*ledger.find(key_towards(1))), 28232u - 2);
  EXPECT_EQ(ledger.left(*ledger.find(key_towards(2))), 28232u - 1);
  EXPECT_EQ(ledger.count().taken.get(), 3u);
  EXPECT_EQ(ledger.count().destinations.get(), 2u);
  ledger.give_back(key_towards(1, 40001));
  EXPECT_NE(ledger.find(key_towards(1)), nullptr);
  ledger.give_back(key_towards(1, 40001));  // again: nothing
  ledger.give_back(key_towards(1, 80));     // not of the range
  ledger.give_back(key_towards(3, 40000));  // nobody has it
  EXPECT_EQ(ledger.count().taken.get(), 2u);
  ledger.give_back(key_towards(1, 40000));
  EXPECT_EQ(ledger.find(key_towards(1)), nullptr);
  ledger.give_back(key_towards(2, 40000));
  EXPECT_EQ(ledger.count().taken.get(), 0u);
  EXPECT_EQ(ledger.count().destinations.get(), 0u);
}

TEST(PortLedger, OurAddressIsPartOfADestination) {
  PortLedger ledger{{}, 10, kSecret};
  FlowKey other = key_towards(1, 40000);
  other.local_index = 1;
  ASSERT_TRUE(ledger.take(key_towards(1, 40000), kOurs));
  EXPECT_EQ(ledger.find(other), nullptr);
  ASSERT_TRUE(ledger.take(other, wire::IpAddress::v4(0x0a000002)));
  EXPECT_EQ(ledger.count().destinations.get(), 2u);
}

TEST(PortLedger, ListsBecomeMapsAndListsAgain) {
  PortLedger ledger{{}, 100, kSecret};
  const auto maps = [&] { return ledger.count().maps.get(); };
  const auto at = [](std::uint32_t i) { return key_towards(1, static_cast<std::uint16_t>(33000 + 500 * i)); };
  for (std::uint32_t i = 0; i < 32; ++i) ASSERT_TRUE(ledger.take(at(i), kOurs));
  EXPECT_EQ(maps(), 0u);
  ASSERT_TRUE(ledger.take(at(32), kOurs));
  EXPECT_EQ(maps(), 1u);
  for (std::uint32_t i = 0; i <= 32; ++i) EXPECT_FALSE(ledger.take(at(i), kOurs));
  for (std::uint32_t i = 0; i < 16; ++i) ledger.give_back(at(i));
  EXPECT_EQ(maps(), 1u);
  ledger.give_back(at(16));
  EXPECT_EQ(maps(), 0u);
  for (std::uint32_t i = 0; i <= 32; ++i) EXPECT_EQ(ledger.take(at(i), kOurs), i <= 16);
  EXPECT_EQ(maps(), 1u) << "a map that was given back serves again";
  for (std::uint32_t i = 0; i <= 32; ++i) ledger.give_back(at(i));
  EXPECT_EQ(maps(), 0u);
  EXPECT_EQ(ledger.count().destinations.get(), 0u);
}

TEST(PortLedger, BeyondItsRoomPortsAreRefusedAndCounted) {
  PortLedger ledger{{}, 2, kSecret};
  ASSERT_TRUE(ledger.take(key_towards(1, 40000), kOurs));
  ASSERT_TRUE(ledger.take(key_towards(2, 40000), kOurs));
  EXPECT_FALSE(ledger.take(key_towards(3, 40000), kOurs));
  EXPECT_EQ(ledger.count().no_room.get(), 1u);
  EXPECT_EQ(ledger.count().destinations.get(), 2u);
  ledger.give_back(key_towards(1, 40000));
  EXPECT_TRUE(ledger.take(key_towards(3, 40000), kOurs));
}

TEST(PortLedger, RecordsAreListed) {
  PortLedger ledger{{}, 10, kSecret};
  for (std::uint32_t d = 0; d < 3; ++d) ASSERT_TRUE(ledger.take(key_towards(d, 40000), kOurs));
  ledger.give_back(key_towards(1, 40000));
  EXPECT_EQ(ledger.touched(), 3u);
  ASSERT_NE(ledger.at(0), nullptr);
  EXPECT_EQ(ledger.at(0)->key, key_towards(0));
  EXPECT_EQ(ledger.at(0)->local, kOurs);
  EXPECT_EQ(ledger.at(1), nullptr);
  ASSERT_NE(ledger.at(2), nullptr);
  EXPECT_EQ(ledger.at(3), nullptr);
}

TEST(PortLedger, CountsThisWorkersPortsOnly) {
  for (std::uint16_t worker = 0; worker < 3; ++worker) {
    const PortLedgerConfig config{{50000, 50999}, OwnerMap{3}, worker};
    PortLedger ledger{config, 1000, kSecret};
    base::Random random{worker};
    const std::uint32_t owned = owned_ports(config, 1);
    ASSERT_GT(owned, 250u);
    for (std::uint32_t i = 1; i <= owned; ++i) {
      ASSERT_NE(take_any(ledger, 1, random), 0) << i;
      if (i == 1 || i == 32 || i == 33 || i == owned) {
        EXPECT_EQ(ledger.left(*ledger.find(key_towards(1))), owned - i);
      }
    }
    EXPECT_EQ(take_any(ledger, 1, random), 0);
  }
}

/// Random takes, gives and searches; what is taken is known besides from sets.
void against_sets(const PortLedgerConfig& config, std::uint32_t destinations, std::uint32_t capacity, int steps,
                  std::uint64_t seed) {
  PortLedger ledger{config, capacity, kSecret};
  base::Random random{seed};
  std::vector<std::set<std::uint16_t>> taken(destinations);
  std::vector<std::uint32_t> owned(destinations);
  for (std::uint32_t d = 0; d < destinations; ++d) owned[d] = owned_ports(config, d);
  std::uint64_t all = 0, refused = 0, exhausted = 0;
  for (int step = 0; step < steps; ++step) {
    const auto d = static_cast<std::uint32_t>(random.below(destinations));
    std::set<std::uint16_t>& ours = taken[d];
    // Each destination fills and empties in turns of its own, so that each is empty, few, busy and full at times.
    const bool fill = (step / 40'000 + d) % 2 == 0;
    if (random.chance(fill ? 0.8 : 0.2)) {
      const std::uint64_t no_room = ledger.count().no_room.get();
      const bool known = ledger.find(key_towards(d)) != nullptr;
      const std::uint16_t port = take_any(ledger, d, random);
      if (port != 0) {
        ASSERT_EQ(owner_of(config.owners, key_towards(d, port)), config.worker);
        ASSERT_TRUE(config.range.contains(port));
        ASSERT_TRUE(ours.insert(port).second) << "port " << port << " was given twice";
        ++all;
      } else if (ours.size() == owned[d]) {
        ++exhausted;
      } else {
        ++refused;
        ASSERT_EQ(ledger.count().no_room.get(), no_room + 1);
        ASSERT_TRUE(known ? ours.size() == 32 : ledger.count().destinations.get() == capacity);
      }
    } else if (!ours.empty()) {
      auto victim =
          ours.lower_bound(config.range.port_at(static_cast<std::uint32_t>(random.below(config.range.size()))));
      if (victim == ours.end()) victim = ours.begin();
      ASSERT_FALSE(ledger.take(key_towards(d, *victim), kOurs)) << "taken";
      ledger.give_back(key_towards(d, *victim));
      ours.erase(victim);
      --all;
    }
    ASSERT_EQ(ledger.count().taken.get(), all);
    PortDestination* known = ledger.find(key_towards(d));
    ASSERT_EQ(known != nullptr, !ours.empty());
    if (known == nullptr) continue;
    ASSERT_EQ(known->taken, ours.size());
    ASSERT_EQ(ledger.left(*known), owned[d] - ours.size());
  }
  EXPECT_GT(exhausted + refused, 0u) << "the run never met a bound";
  for (std::uint32_t d = 0; d < destinations; ++d)
    for (const std::uint16_t port : taken[d]) ledger.give_back(key_towards(d, port));
  EXPECT_EQ(ledger.count().taken.get(), 0u);
  EXPECT_EQ(ledger.count().destinations.get(), 0u);
  EXPECT_EQ(ledger.count().maps.get(), 0u);
}

TEST(PortLedgerOracle, OneWorker) { against_sets({{40000, 40999}, OwnerMap{1}, 0}, 12, 100'000, 1'000'000, 1); }
TEST(PortLedgerOracle, OneOfFourWorkers) { against_sets({{40000, 41999}, OwnerMap{4}, 2}, 6, 100'000, 300'000, 2); }
TEST(PortLedgerOracle, AFewPorts) { against_sets({{40000, 40019}, OwnerMap{2}, 1}, 50, 100'000, 500'000, 3); }
TEST(PortLedgerOracle, OnePort) { against_sets({{65535, 65535}, OwnerMap{1}, 0}, 3, 100'000, 10'000, 4); }
TEST(PortLedgerOracle, FullPools) { against_sets({{32768, 60999}, OwnerMap{1}, 0}, 60, 40, 300'000, 5); }

TEST(PortLedger, AHundredThousandDestinationsTakeBoundedMemory) {
  constexpr std::uint32_t kDestinations = 100'000;
  PortLedger ledger{{}, 300'000, kSecret};
  const std::size_t empty = ledger.memory_bytes();
  base::Random random{1};
  std::vector<std::uint16_t> ports(kDestinations);
  for (std::uint32_t d = 0; d < kDestinations; ++d) ASSERT_NE(ports[d] = take_any(ledger, d, random), 0);
  EXPECT_EQ(ledger.count().destinations.get(), kDestinations);
  EXPECT_EQ(ledger.count().maps.get(), 0u);
  const std::size_t sparse = ledger.memory_bytes();
  constexpr std::size_t kHashTable = 32'768 * 64;  // for 300,000 at most; backed where it is used
  EXPECT_LE(sparse, empty + kDestinations * 128u + kHashTable);
  // Twenty of them get busy: 5000 ports each.
  for (std::uint32_t d = 0; d < 20; ++d)
    for (int i = 1; i < 5000; ++i) ASSERT_NE(take_any(ledger, d, random), 0);
  EXPECT_EQ(ledger.count().maps.get(), 20u);
  EXPECT_LE(ledger.memory_bytes(), sparse + 20 * PortMap::bytes_for(28232));
  fmt::print("100,000 destinations, one port each: {} bytes ({} before the first); 20 of them with 5000: {} bytes\n",
             sparse, empty, ledger.memory_bytes());
  for (std::uint32_t d = 20; d < kDestinations; ++d) ledger.give_back(key_towards(d, ports[d]));
  EXPECT_EQ(ledger.count().destinations.get(), 20u);
}

}  // namespace
}  // namespace millrace::flow
