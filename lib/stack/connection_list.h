// A worker's connections as lines for people, a page at a time: like `ss -ti`.
//
// Filling a page walks the table in bounded slices, one per turn, so that a million connections stop nobody. The cursor
// is a place in the table: connections that come and go meanwhile may be missed, none is listed twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stack/inbox.h"

namespace millrace::stack {

class Shard;

struct ConnectionPage {
  std::vector<std::string> lines;
  std::uint32_t cursor = 0;  ///< where to go on
  bool end = false;          ///< nothing is behind the cursor
};

inline constexpr std::uint32_t kConnectionSlice = 256;  ///< places looked at per call

/// Looks at the next slice: Again until the page has `most` lines or the table ends. Runs on the shard's worker.
[[nodiscard]] TaskState fill_page(const Shard& shard, std::size_t most, ConnectionPage& page);

}  // namespace millrace::stack
