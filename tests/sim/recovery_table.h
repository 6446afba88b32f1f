// A cell's figures, and how they are written: a row of the table in tests/sim/recovery/, and lines of JSON for
// programs. Rows are made of integers only, so that they are the same wherever they are computed.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sim/recovery_cell.h"
#include "sim/recovery_run.h"

namespace millrace::sim {

struct CellFigures {
  BulkResult bulk;  ///< one flow
  ShortResult short_10k, short_100k;
  std::array<std::uint64_t, 3> fairness{};  ///< of 2, 4 and 16 flows, thousandths
  std::string error;                        ///< empty if nothing went wrong
};

/// Runs everything that a row needs.
[[nodiscard]] CellFigures measure(const RecoveryCell& cell);

/// What the columns mean, as the head of a file.
[[nodiscard]] std::string table_head(const RecoveryAlgorithm& algorithm);
/// The line above the rows of one distance, which names it.
[[nodiscard]] std::string section_head(const Distance& distance);
/// Its first kRowKey characters say which cell it is.
inline constexpr std::size_t kRowKey = 17;
[[nodiscard]] std::string row(const RecoveryCell& cell, const CellFigures& figures);
/// {"algorithm": ..., "goodput_bps": ...} on one line.
[[nodiscard]] std::string json_line(const RecoveryCell& cell, const CellFigures& figures);

}  // namespace millrace::sim
