// Orders on standard input, one a line, while the link runs; each is answered by one line on standard output.
//
//   forward WORDS, back WORDS    a new profile for that direction, for frames that arrive from now on: "ok"
//   counters                     a JSON object
//   reset                        all counters to zero: "ok"
//   end                          ends the link
//
// A line that is not understood is answered by "error: CAUSE" and changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "direction.h"
#include "lateness.h"

namespace millrace::link {

/// What orders act on.
struct Link {
  Direction& forward;
  Direction& back;
  Lateness& gaps;  ///< between the turns of the loop: how long an arriving frame may have waited unseen
  bool ended = false;
};

/// One JSON object on one line.
[[nodiscard]] std::string counters_text(const Link& link);
/// Does what a line says and returns the answer.
[[nodiscard]] std::string obey(std::string_view line, Link& link);

/// Lines as they come, without waiting for them.
class OrderReader {
 public:
  /// Reads what is there and obeys whole lines. At the end of the input nothing more comes; the link goes on.
  void poll(Link& link);

 private:
  std::string rest_;
  bool open_ = true;
};

}  // namespace millrace::link
