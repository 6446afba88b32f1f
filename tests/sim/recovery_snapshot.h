// The tables kept in the tree, a file per algorithm in tests/sim/recovery/: rows are looked up to be compared, and the
// rows of one distance are replaced when a table is written anew.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/recovery_cell.h"

namespace millrace::sim {

class RecoverySnapshot {
 public:
  /// Reads the file of `algorithm`, which need not be there.
  RecoverySnapshot(const std::string& folder, const RecoveryAlgorithm& algorithm);

  /// The row at `distance` for what `row` is about, or an empty one.
  [[nodiscard]] std::string row_like(const Distance& distance, const std::string& row) const;
  /// False when the file's heads are not those that would be written.
  [[nodiscard]] bool has_heads() const;
  /// Writes the file with these rows instead of those that it has for `distance`.
  void replace(const Distance& distance, std::vector<std::string> rows);

 private:
  [[nodiscard]] std::string text() const;

  std::string path_;
  const RecoveryAlgorithm& algorithm_;
  std::string read_;                                       ///< the file
  std::map<Duration, std::vector<std::string>> sections_;  ///< its rows, by round-trip time
};

/// What differs, as lines to be read; empty if nothing does.
[[nodiscard]] std::string difference(const std::string& before, const std::string& now);

}  // namespace millrace::sim
