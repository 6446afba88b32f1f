// Tells an operator, once per interval, that a table is too small or that source ports have run out: what is counted
// anyway, as a line that names the remedy.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "tcp/counters.h"

namespace millrace::stack {

class ShortageLog {
 public:
  static constexpr Duration kInterval = seconds{10};

  /// Called now and then by the worker; writes a line for each kind that has grown since its last one.
  void look(Time now, const tcp::TcpCounters& count) noexcept;

 private:
  struct Line {
    std::uint64_t told = 0;    ///< of the counter
    std::optional<Time> last;  ///< when
  };
  /// How many are new, when it is time to say so; else 0.
  [[nodiscard]] static std::uint64_t due(Line& line, Time now, std::uint64_t count) noexcept;

  Line evicted_;
  Line no_ports_;
};

}  // namespace millrace::stack
