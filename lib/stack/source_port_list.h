// The port ledger of a shard as lines for people, by pages: "worker 0 10.2.0.1 -> 10.2.0.2:8080 taken 20 left 28212".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stack/inbox.h"

namespace millrace::stack {

class Shard;

struct SourcePortPage {
  std::uint32_t cursor = 0;  ///< in: where to begin; out: where the next page begins
  bool end = false;          ///< no further page
  std::vector<std::string> lines;
};

/// Adds destinations from the cursor on until `most` lines are there. Looks at a bounded part of the ledger per call;
/// Again: call once more in a later turn.
[[nodiscard]] TaskState fill_page(Shard& shard, std::size_t most, SourcePortPage& page);

}  // namespace millrace::stack
