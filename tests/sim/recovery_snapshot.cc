#include "sim/recovery_snapshot.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sim/recovery_table.h"

namespace millrace::sim {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Lines with their ends, from `at` to the first empty one or the end.
std::vector<std::string> rows_from(const std::string& text, std::size_t at) {
  std::vector<std::string> rows;
  while (at < text.size() && text[at] != '\n') {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
    rows.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return rows;
}

}  // namespace

RecoverySnapshot::RecoverySnapshot(const std::string& folder, const RecoveryAlgorithm& algorithm)
    : path_(folder + "/" + std::string{algorithm.name()} + ".txt"), algorithm_(algorithm), read_(read_file(path_)) {
  for (const Distance& distance : distances()) {
    const std::string head = section_head(distance);
    const std::size_t at = read_.find(head);
    if (at != std::string::npos) sections_[distance.round_trip] = rows_from(read_, at + head.size());
  }
}

std::string RecoverySnapshot::row_like(const Distance& distance, const std::string& row) const {
  const auto section = sections_.find(distance.round_trip);
  if (section == sections_.end()) return {};
  for (const std::string& old : section->second)
    if (old.compare(0, kRowKey, row, 0, kRowKey) == 0) return old;
  return {};
}

bool RecoverySnapshot::has_heads() const { return read_ == text(); }

void RecoverySnapshot::replace(const Distance& distance, std::vector<std::string> rows) {
  sections_[distance.round_trip] = std::move(rows);
  std::ofstream(path_, std::ios::binary) << text();
}

std::string RecoverySnapshot::text() const {
  std::string text = table_head(algorithm_);
  for (const Distance& distance : distances()) {
    const auto section = sections_.find(distance.round_trip);
    if (section == sections_.end()) continue;
    text += section_head(distance);
    for (const std::string& row : section->second) text += row;
  }
  return text;
}

std::string difference(const std::string& before, const std::string& now) {
  if (before == now) return {};
  return (before.empty() ? "" : "- " + before) + "+ " + now;
}

}  // namespace millrace::sim
