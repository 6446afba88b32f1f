// The lines and their remedies. The counters are the shard's own, so a line speaks for one worker.
#include "stack/shortage_log.h"

#include <utility>

#include "base/log.h"

namespace millrace::stack {

void ShortageLog::look(Time now, const tcp::TcpCounters& count) noexcept {
  if (const std::uint64_t n = due(evicted_, now, count.time_waits_evicted.get()); n > 0)
    base::log_warn("{} TIME-WAIT entries were ended before 2 MSL because the table is full; raise [limits] time_waits",
                   n);
  if (const std::uint64_t n = due(no_ports_, now, count.no_ports_left.get()); n > 0)
    base::log_warn(
        "{} connects found no source port left towards their destination; widen [tcp] port_range or give more source "
        "addresses",
        n);
}

std::uint64_t ShortageLog::due(Line& line, Time now, std::uint64_t count) noexcept {
  if (count == line.told || (line.last && now - *line.last < kInterval)) return 0;
  line.last = now;
  return count - std::exchange(line.told, count);
}

}  // namespace millrace::stack
