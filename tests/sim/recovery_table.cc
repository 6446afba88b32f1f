#include "sim/recovery_table.h"

#include <fmt/format.h>

namespace millrace::sim {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::uint32_t kRuns = 2;
constexpr std::uint32_t kTransfers = 200;
constexpr std::array<std::uint32_t, 3> kFlows = {2, 4, 16};

/// A ratio in per mille as "12.3"; "-" when there is nothing to compare with.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  const std::uint64_t per_mille = part * 1000 / whole;
  return fmt::format("{}.{}", per_mille / 10, per_mille % 10);
}

std::string in_ms(Duration span) {
  const std::int64_t us = to_us(span);
  return fmt::format("{}.{:03}", us / 1000, us % 1000);
}

std::string in_mbits(std::uint64_t bits_per_second) {
  return fmt::format("{}.{:02}", bits_per_second / 1'000'000, bits_per_second / 10'000 % 100);
}

std::string thousandths(std::uint64_t value) { return fmt::format("{}.{:03}", value / 1000, value % 1000); }

std::string loss_text(std::uint32_t per_mille) { return fmt::format("{}.{}", per_mille / 10, per_mille % 10); }

std::string short_columns(const ShortResult& result) {
  return fmt::format("{:>8} {:>9} {:>3}", in_ms(result.percentile(50)), in_ms(result.percentile(95)), result.timeouts);
}

/// One seed's losses decide little; without trouble there is nothing to decide.
std::uint32_t runs_of(const RecoveryCell& cell) { return cell.trouble == Trouble::None ? 1 : kRuns; }

}  // namespace

CellFigures measure(const RecoveryCell& cell) {
  CellFigures figures;
  const Duration span = cell.distance.bulk;
  figures.bulk = run_bulk(cell, 1, span, span * 3 / 4, kSeed);
  for (std::uint32_t i = 1; i < runs_of(cell); ++i)
    figures.bulk.add(run_bulk(cell, 1, span, span * 3 / 4, kSeed + 10 * i));
  figures.short_10k = run_short(cell, 10'000, kTransfers, kSeed + 1);
  figures.short_100k = run_short(cell, 100'000, kTransfers, kSeed + 2);
  figures.error = figures.bulk.error + figures.short_10k.error + figures.short_100k.error;
  for (std::size_t i = 0; i < kFlows.size(); ++i) {
    const BulkResult many = run_bulk(cell, kFlows[i], span / 2, span / 4, kSeed + 3 + i);
    figures.fairness[i] = many.fairness();
    figures.error += many.error;
  }
  return figures;
}

std::string table_head(const RecoveryAlgorithm& algorithm) {
  return fmt::format(
      "# Loss recovery with {}, computed by tests/sim/recovery_matrix_test.cc; lib/README.md says how to renew it.\n"
      "#\n"
      "# bulk: one flow; with trouble {} seeds of it. Mbit/s of payload; % of (1-p) x link; % of the RFC's formula;\n"
      "# retransmission timeouts of all seeds; segments sent again; those of them that brought no missing byte.\n"
      "# 10 kB, 100 kB: {} transfers on connections of their own, from the first byte sent to the last received:\n"
      "# median and 95th percentile in ms, timeouts in all.\n"
      "# Jain's index of 2, 4 and 16 flows, over the second quarter of that time.\n",
      algorithm.name(), kRuns, kTransfers);
}

std::string section_head(const Distance& distance) {
  const std::int64_t us = to_us(distance.round_trip);
  return fmt::format(
      "\nRTT {}.{} ms, {} Mbit/s, {} ms\n"
      "                    bulk                                          10 kB                  100 kB"
      "                 fairness\n"
      "trouble    loss %     Mbit/s  link    RFC   rto again spurious      median       p95 rto    median       p95 rto"
      "     2     4    16\n",
      us / 1000, us / 100 % 10, distance.bits_per_second / 1'000'000, to_ms(distance.bulk));
}

std::string row(const RecoveryCell& cell, const CellFigures& figures) {
  const BulkResult& bulk = figures.bulk;
  const std::uint64_t goodput = bulk.goodput() / runs_of(cell);
  return fmt::format("{:<10} {:>6} {:>10} {:>5} {:>6} {:>5} {:>5} {:>8}    {}  {} {} {} {}\n", to_string(cell.trouble),
                     loss_text(cell.loss_per_mille), in_mbits(goodput), percent(goodput, cell.capacity()),
                     percent(goodput, cell.formula()), bulk.timeouts, bulk.segments.retransmitted,
                     bulk.segments.spurious, short_columns(figures.short_10k), short_columns(figures.short_100k),
                     thousandths(figures.fairness[0]), thousandths(figures.fairness[1]),
                     thousandths(figures.fairness[2]));
}

std::string json_line(const RecoveryCell& cell, const CellFigures& figures) {
  const BulkResult& bulk = figures.bulk;
  const std::uint64_t goodput = bulk.goodput() / runs_of(cell);
  return fmt::format(
      R"({{"algorithm": "{}", "trouble": "{}", "loss_per_mille": {}, "rtt_us": {}, "link_bps": {}, "goodput_bps": {}, )"
      R"("capacity_bps": {}, "goodput_ratio": {}, "timeouts": {}, "retransmitted": {}, "spurious": {}, )"
      R"("short_10k_us": [{}, {}], "short_100k_us": [{}, {}], "jain": [{}, {}, {}]}})"
      "\n",
      cell.algorithm->name(), to_string(cell.trouble), cell.loss_per_mille, to_us(cell.distance.round_trip),
      cell.distance.bits_per_second, goodput, cell.capacity(), thousandths(goodput * 1000 / cell.capacity()),
      bulk.timeouts, bulk.segments.retransmitted, bulk.segments.spurious, to_us(figures.short_10k.percentile(50)),
      to_us(figures.short_10k.percentile(95)), to_us(figures.short_100k.percentile(50)),
      to_us(figures.short_100k.percentile(95)), thousandths(figures.fairness[0]), thousandths(figures.fairness[1]),
      thousandths(figures.fairness[2]));
}

}  // namespace millrace::sim
