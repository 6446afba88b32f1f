// Which port a search offers: each free one with the same chance, in another order for another seed, within a bound of
// looks, and never one twice in a walk.
#include "flow/port_search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "unit/flow/ledger_bed.h"

namespace millrace::flow {
namespace {

constexpr base::SipKey kSecret{1, 2};

std::uint16_t first_offer(PortLedger& ledger, base::Random& random) {
  return PortSearch{ledger, key_towards(1), kOurs, random}.next();
}

/// The first offer of a search that draws for the next one too.
std::uint16_t first_offer_with_look_ahead(PortLedger& ledger, base::Random& random) {
  PortSearch search{ledger, key_towards(1), kOurs, random};
  const std::uint16_t port = search.next();
  search.look_ahead();
  return port;
}

/// Pearson's statistic of `draws` first offers over the ports that are free; its mean is the number of free ports less
/// one, its variance twice that.
template <class Offer>
double chi_square(PortLedger& ledger, std::uint32_t free, std::uint32_t draws, std::uint64_t seed, Offer&& offer) {
  base::Random random{seed};
  std::vector<std::uint32_t> hits(65536);
  for (std::uint32_t i = 0; i < draws; ++i) ++hits[offer(ledger, random)];
  EXPECT_EQ(hits[0], 0u);
  const double expected = static_cast<double>(draws) / free;
  double sum = 0;
  std::uint32_t seen = 0;
  for (const std::uint32_t n : hits) {
    if (n == 0) continue;
    ++seen;
    sum += (n - expected) * (n - expected) / expected;
  }
  sum += (free - seen) * expected;
  return sum;
}

void expect_uniform(PortLedger& ledger, std::uint32_t free, std::uint64_t seed) {
  for (const auto offer : {first_offer, first_offer_with_look_ahead})
    EXPECT_NEAR(chi_square(ledger, free, 100 * free, seed, offer), free - 1, 5 * std::sqrt(2.0 * free))
        << free << " free ports";
}

TEST(PortSearch, EachFreePortHasTheSameChance) {
  for (const std::uint16_t workers : {1, 4}) {
    const PortLedgerConfig config{{40000, 40999}, OwnerMap{workers}, 0};
    PortLedger ledger{config, 1000, kSecret};
    base::Random random{9};
    std::uint32_t free = owned_ports(config, 1);
    // Runs of taken ports must not favour the port behind them: one half of the range is taken but for a few.
    while (free > 1) {
      if (free < 20 || free % 50 == 0) expect_uniform(ledger, free, free);
      std::uint16_t port = 0;
      for (std::uint16_t p = 40000; p < 41000 && port == 0; ++p) {
        const FlowKey key = key_towards(1, p);
        if (owner_of(config.owners, key) == 0 && p % 17 != 0 && ledger.take(key, kOurs)) port = p;
      }
      if (port == 0 && take_any(ledger, 1, random) == 0) break;
      --free;
    }
    EXPECT_NE(first_offer(ledger, random), 0) << "the last one";
  }
}

TEST(PortSearch, WhatWasDrawnAheadComesFirstIfItIsStillFree) {
  PortLedger ledger{{{40000, 40999}, OwnerMap{1}, 0}, 1000, kSecret};
  base::Random random{9};
  const auto look_ahead = [&] { return PortSearch{ledger, key_towards(1), kOurs, random}.look_ahead(); };
  EXPECT_EQ(look_ahead(), 0) << "nothing is known of the destination yet";
  ASSERT_NE(take_any(ledger, 1, random), 0);
  const std::uint16_t ahead = look_ahead();
  EXPECT_EQ(first_offer(ledger, random), ahead);
  EXPECT_NE(first_offer(ledger, random), ahead) << "it is offered once";
  const std::uint16_t taken = look_ahead();
  ASSERT_TRUE(ledger.take(key_towards(1, taken), kOurs));
  const std::uint16_t instead = first_offer(ledger, random);
  EXPECT_NE(instead, taken);
  EXPECT_TRUE(ledger.may_take(*ledger.find(key_towards(1)), instead));
}

TEST(PortSearch, DrawsAheadWhileHalfOfThePortsAreFree) {
  for (const std::uint16_t workers : {1, 4}) {
    PortLedger ledger{{{40000, 40999}, OwnerMap{workers}, 0}, 1000, kSecret};
    base::Random random{9};
    std::uint16_t ahead = 0;
    int taken = 0;
    do {
      ASSERT_NE(take_any(ledger, 1, random), 0);
      ahead = PortSearch{ledger, key_towards(1), kOurs, random}.look_ahead();
      ++taken;
    } while (ahead != 0);
    EXPECT_EQ(taken, 500 / workers + 1);
  }
}

TEST(PortSearch, TwoSeedsTwoOrders) {
  const auto order = [](std::uint64_t seed) {
    PortLedger ledger{{}, 100, kSecret};
    base::Random random{seed};
    std::vector<std::uint16_t> ports;
    for (int i = 0; i < 50; ++i) ports.push_back(take_any(ledger, 1, random));
    return ports;
  };
  const auto one = order(1), two = order(2);
  EXPECT_EQ(one, order(1));
  std::set<std::uint16_t> both(one.begin(), one.end());
  both.insert(two.begin(), two.end());
  EXPECT_GT(both.size(), 95u) << "two runs choose other ports";
  int steps = 0;
  for (std::size_t i = 1; i < one.size(); ++i)
    if (one[i] == one[i - 1] + 1 || two[i] - one[i] == two[i - 1] - one[i - 1]) ++steps;
  EXPECT_LE(steps, 1) << "neither in sequence nor shifted against each other";
}

TEST(PortSearch, ARefusedOfferIsFollowedByAllOthers) {
  for (const std::uint32_t taken : {0u, 10u, 60u}) {  // none, a list, a map
    for (const std::uint16_t workers : {1, 3}) {
      const PortLedgerConfig config{{40000, 40099}, OwnerMap{workers}, 0};
      PortLedger ledger{config, 100, kSecret};
      base::Random random{taken};
      std::uint32_t free = owned_ports(config, 1);
      for (std::uint32_t i = 0; i < taken && free > 3; ++i, --free) ASSERT_NE(take_any(ledger, 1, random), 0);
      PortSearch search{ledger, key_towards(1), kOurs, random};
      std::set<std::uint16_t> offered;
      std::uint32_t calls = 0;
      for (std::uint16_t port = search.next(); port != 0; port = search.next(), ++calls) offered.insert(port);
      EXPECT_EQ(offered.size(), free);
      EXPECT_LE(calls, PortSearch::kDrawsPerWorker * workers + free);
      EXPECT_EQ(search.next(), 0) << "it stays at the end";
    }
  }
}

struct Cost {
  double mean = 0;
  std::uint64_t most = 0;
};

/// Ports looked at per search while a destination is held at a share of its ports, one given back for each taken.
Cost cost_at(std::uint16_t workers, double share) {
  const PortLedgerConfig config{{}, OwnerMap{workers}, 0};
  PortLedger ledger{config, 100'000, kSecret};
  base::Random random{3};
  std::vector<std::uint16_t> ports;
  const std::uint32_t owned = owned_ports(config, 1);
  while (ports.size() < share * owned) ports.push_back(take_any(ledger, 1, random));
  Cost cost;
  constexpr int kRounds = 4'000;
  const std::uint64_t before = ledger.count().probes.get();
  for (int i = 0; i < kRounds; ++i) {
    const auto victim = random.below(ports.size());
    ledger.give_back(key_towards(1, ports[victim]));
    const std::uint64_t start = ledger.count().probes.get();
    ports[victim] = take_any(ledger, 1, random);
    EXPECT_NE(ports[victim], 0);
    cost.most = std::max(cost.most, ledger.count().probes.get() - start);
  }
  cost.mean = static_cast<double>(ledger.count().probes.get() - before) / kRounds;
  return cost;
}

TEST(PortSearch, LooksAreFewAndBounded) {
  for (const std::uint16_t workers : {1, 2, 16}) {
    for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
      const Cost cost = cost_at(workers, share);
      fmt::print("{:2} workers, {:3.0f} % of the ports used: {:6.1f} looks on average, {} at most\n", workers,
                 100 * share, cost.mean, cost.most);
      // Once a map knows all owners a look needs no hash, but it still counts.
      EXPECT_LE(cost.mean, std::min(workers / (1 - share) * 1.15, 1.0 * PortSearch::kDrawsPerWorker * workers))
          << workers;
      EXPECT_LE(cost.most, std::uint64_t{PortSearch::kDrawsPerWorker} * workers);
    }
  }
}

TEST(PortSearch, AnExhaustedDestinationAnswersAtOnce) {
  for (const std::uint16_t workers : {1, 4}) {
    const PortLedgerConfig config{{40000, 40999}, OwnerMap{workers}, 0};
    PortLedger ledger{config, 1000, kSecret};
    base::Random random{9};
    while (take_any(ledger, 1, random) != 0) continue;
    const std::uint64_t before = ledger.count().probes.get();
    EXPECT_EQ(take_any(ledger, 1, random), 0);
    EXPECT_EQ(ledger.count().probes.get(), before);
  }
}

TEST(PortSearch, WithoutAPortOfItsOwnAWorkerGetsNone) {
  const PortLedgerConfig config{{40000, 40000}, OwnerMap{2}, 0};
  const bool first_is_mine = owner_of(config.owners, key_towards(1, 40000)) == 0;
  for (const std::uint16_t worker : {0, 1}) {
    PortLedger ledger{{config.range, config.owners, worker}, 10, kSecret};
    base::Random random{1};
    EXPECT_EQ(take_any(ledger, 1, random) != 0, first_is_mine == (worker == 0));
  }
}

}  // namespace
}  // namespace millrace::flow
