// The command line of millrace-link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "impairment.h"

namespace millrace::link {

struct Options {
  std::vector<std::string> a, b;  ///< DPDK's devices of the two sides
  Profile forward, back;          ///< from a to b, from b to a
  std::uint32_t seconds = 0;      ///< the run ends after so long; 0: by an order or a signal
  std::uint32_t frames = 16384;   ///< buffers: what is under way and in the ports' rings
  bool realtime = false;          ///< ask the kernel for a place before ordinary programs
  std::string file_prefix = "millrace-link";
};

/// What the command line asks for; or the exit code when the program shall end at once (help, a mistake; it is said).
struct Parsed {
  Options options;
  std::optional<int> exit_code;
};
[[nodiscard]] Parsed parse_options(int argc, const char* const* argv);

}  // namespace millrace::link
