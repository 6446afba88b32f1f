// Judged by the arguments alone, so that a program can tell before it starts DPDK.
#include "io/dumpcap.h"

#include <algorithm>

namespace millrace::io {
namespace {

bool has(const std::vector<std::string>& arguments, const char* wanted) {
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

/// EAL's default is "rte".
std::string file_prefix(const std::vector<std::string>& arguments) {
  const std::string option = "--file-prefix";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == option && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].rfind(option + "=", 0) == 0) return arguments[i].substr(option.size() + 1);
  }
  return "rte";
}

}  // namespace

std::optional<std::string> dumpcap_obstacle(const std::vector<std::string>& arguments) {
  if (has(arguments, "--no-huge")) return "it shares hugepages, and this configuration runs without; use millrace-dump";
  if (has(arguments, "--no-shconf") || has(arguments, "--in-memory"))
    return "it needs DPDK's shared configuration, which is switched off; use millrace-dump";
  const std::string prefix = file_prefix(arguments);
  if (prefix != "rte")
    return "it finds only the file prefix 'rte', and this one is '" + prefix +
           "'; set file_prefix = \"rte\", or use millrace-dump";
  return std::nullopt;
}

}  // namespace millrace::io
