// The command line of millrace-ss.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::ss {

enum class Mode { Connections, Closed, Explain, Upstreams, Summary, Help };

struct Options {
  Mode mode = Mode::Connections;
  std::string file_prefix;  ///< empty: the only process
  std::string filter;       ///< as the process takes it: "host=10.1.0.2,port=80,port=8080,state=ESTABLISHED"
  bool json = false;
  bool one_line = false;
  bool half_open = false;            ///< with Closed: those that never were connections
  std::uint64_t last = 0;            ///< with Closed: so many of the newest; 0: all
  std::array<std::string, 2> tuple;  ///< with Explain: both endpoints, in either order
};

/// Throws tools::ToolError when the command line is wrong.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments);
[[nodiscard]] std::string_view usage() noexcept;

}  // namespace millrace::ss
