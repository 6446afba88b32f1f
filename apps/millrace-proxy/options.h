// The command line: `millrace-proxy -c FILE [--check]`, or `millrace-proxy <EAL arguments> -- -c FILE [--check]`.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace millrace::config {

struct Options {
  std::string file;
  bool check = false;
  std::vector<std::string> eal_arguments;  ///< what stands before "--"; empty: computed from the file
};

/// Options, or the exit code when there is nothing left to do (help, version, or a wrong command line, after its
/// message).
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = 0;
};
[[nodiscard]] ParsedOptions parse_options(const std::vector<std::string>& arguments);

}  // namespace millrace::config
