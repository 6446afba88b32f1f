// What `dpdk-telemetry.py` shows of a runtime:
//   /millrace/stats                       every counter, summed over the workers, the packet pool, the program's own
//   /millrace/stats,WORKER                those of one worker
//   /millrace/connections,WORKER,CURSOR   a page of connections, TIME-WAIT and half-open entries (telemetry_list.h)
//   /millrace/closed,WORKER,CURSOR        a page of those that ended last, and why
//   /millrace/closed_half_open,...        the same of handshakes that came to nothing
//   /millrace/capture_start, _stop        a capture of the running process; /millrace/capture: its state (capture.h)
//   /millrace/source_ports,WORKER,CURSOR  a page of destinations: source ports that a worker has taken, and those left
//   /millrace/profile                     cycles by stage of the workers' turns, if compiled in; empty otherwise
//   /millrace/ports                       each port with its link and statistics
// and what the program lists, as /millrace/upstreams of the proxy.
//
// The commands are DPDK's for the life of the process; without a Telemetry alive they answer nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "stack/runtime.h"

namespace millrace::stack {

/// A list of the program's own, answered by pages as /millrace/connections is: what has names that no counter may have.
struct ProgramList {
  std::string command;       ///< "/millrace/upstreams"
  std::string help;          ///< a line for who asks what there is
  std::string_view columns;  ///< separated by spaces
  /// Every row: words in the order of the columns; runs on DPDK's telemetry thread.
  std::function<std::vector<std::string>()> rows;
};

/// The commands answer while it lives.
class MILLRACE_API Telemetry {
 public:
  /// Calls visit for each of the program's own counters; runs on DPDK's telemetry thread.
  using Program = std::function<void(const Runtime::Visit& visit)>;

  /// `runtime` outlives it. One at a time.
  explicit Telemetry(Runtime& runtime, Program program = {}, std::vector<ProgramList> lists = {});
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
  /// Waits for a command that is being answered.
  ~Telemetry();

  static constexpr std::size_t kPage = 64;           ///< destinations per page of source ports
  static constexpr Duration kPatience = seconds{2};  ///< with a worker that does not answer
};

}  // namespace millrace::stack
