// The command line of millrace-dump.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::dump {

enum class Mode { Capture, Stop, Status, Help };

struct Options {
  Mode mode = Mode::Capture;
  std::string file_prefix;  ///< empty: the only process
  std::string file;         ///< absolute; "-": standard output
  std::string words;        ///< the rest as the process takes it: "host=10.1.0.2,port=80,count=100"
};

/// `directory` is where relative paths begin. Throws tools::ToolError when the command line is wrong.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments, const std::string& directory);
[[nodiscard]] std::string_view usage() noexcept;

}  // namespace millrace::dump
