// The whole table of loss recovery, computed and compared with tests/sim/recovery/: a change of behaviour shows as a
// difference. Optimised code computes every row; without optimisation or with sanitizers it is a few of them, which are
// the same to the last digit.
//
// MILLRACE_SIM_TABLE=write writes the files instead (scripts/recovery_table does it). MILLRACE_SIM_JSON=FILE appends a
// line of JSON per row. MILLRACE_SIM_CELLS=TEXT computes only rows with this in their name, which is like "newreno,
// random 1.0 %, 10.0 ms".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <tuple>

#include "sim/recovery_snapshot.h"
#include "sim/recovery_table.h"

namespace millrace::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr bool kAllRows = false;
#else
constexpr bool kAllRows = true;
#endif

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// meson says where; run by hand, in the project's root.
std::string folder() {
  const std::string set = environment("MILLRACE_SIM_TABLES");
  return set.empty() ? "tests/sim/recovery" : set;
}

bool wanted(const RecoveryCell& cell) {
  const std::string only = environment("MILLRACE_SIM_CELLS");
  if (!only.empty()) return cell.name().find(only) != std::string::npos;
  const bool few =
      cell.trouble == Trouble::Random && cell.loss_per_mille == 20 && cell.algorithm->id == cc::Algorithm::Cubic;
  return kAllRows || few;
}

void append_json(const std::string& line) {
  if (const std::string path = environment("MILLRACE_SIM_JSON"); !path.empty())
    std::ofstream(path, std::ios::app) << line;
}

using Where = std::tuple<std::size_t, std::size_t>;  // algorithm, distance
class RecoveryMatrix : public testing::TestWithParam<Where> {
 protected:
  const RecoveryAlgorithm& algorithm = recovery_algorithms()[std::get<0>(GetParam())];
  const Distance& distance = distances()[std::get<1>(GetParam())];
};

TEST_P(RecoveryMatrix, IsAsItWas) {
  RecoverySnapshot snapshot(folder(), algorithm);
  std::vector<std::string> rows;
  std::string changes;
  for (const RecoveryCell& cell : cells_of(algorithm, distance)) {
    if (!wanted(cell)) continue;
    const CellFigures figures = measure(cell);
    EXPECT_EQ(figures.error, "") << cell.name();
    append_json(json_line(cell, figures));
    rows.push_back(row(cell, figures));
    changes += difference(snapshot.row_like(distance, rows.back()), rows.back());
  }
  if (environment("MILLRACE_SIM_TABLE") == "write") return snapshot.replace(distance, std::move(rows));
  EXPECT_TRUE(changes.empty()) << "- in the tree, + now" << section_head(distance) << changes
                               << "If it is meant to be so, scripts/recovery_table writes the new tables.";
  EXPECT_TRUE(snapshot.has_heads()) << "scripts/recovery_table writes the new heads.";
}

std::string name_of(const testing::TestParamInfo<Where>& info) {
  return fmt::format("{}_{}us", recovery_algorithms()[std::get<0>(info.param)].name(),
                     to_us(distances()[std::get<1>(info.param)].round_trip));
}

INSTANTIATE_TEST_SUITE_P(Table, RecoveryMatrix,
                         testing::Combine(testing::Range(std::size_t{0}, recovery_algorithms().size()),
                                          testing::Range(std::size_t{0}, distances().size())),
                         name_of);

}  // namespace
}  // namespace millrace::sim
