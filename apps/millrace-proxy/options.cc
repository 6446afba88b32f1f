#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "exit_code.h"

namespace millrace::config {

ParsedOptions parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> own(arguments.begin(), separator);
  if (separator != arguments.end()) {
    options.eal_arguments = std::move(own);
    own.assign(separator + 1, arguments.end());
  }

  CLI::App app("An L4 (TCP) proxy on DPDK.", "millrace-proxy");
  app.footer("DPDK's own arguments may stand in front: millrace-proxy <EAL arguments> -- -c FILE");
  app.add_option("-c,--config", options.file, "configuration file (TOML)")->required();
  app.add_flag("--check", options.check, "check the configuration, say what would be done, and end");
  std::reverse(own.begin(), own.end());  // CLI11 takes the arguments from the back
  try {
    app.parse(own);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;
    app.exit(error, std::cout, std::cerr);
    return {std::nullopt, asked ? kExitStopped : kExitConfig};
  }
  return {options, kExitStopped};
}

}  // namespace millrace::config
