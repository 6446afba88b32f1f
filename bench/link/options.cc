#include "options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <stdexcept>

#include "profile_text.h"

namespace millrace::link {

Parsed parse_options(int argc, const char* const* argv) {
  Parsed parsed;
  Options& options = parsed.options;
  std::string forward, back;
  CLI::App cli{"A link that delays, loses, reorders, duplicates and marks frames between two sides of ports",
               "millrace-link"};
  cli.add_option("-a", options.a, "a device of side a, such as net_tap0,iface=left; may be given several times")
      ->required();
  cli.add_option("-b", options.b, "a device of side b")->required();
  cli.add_option("--forward", forward, "profile from a to b: 'rate=100M delay=5ms loss=1% queue=125k seed=3'");
  cli.add_option("--back", back, "profile from b to a");
  cli.add_option("--seconds", options.seconds, "end after so long");
  cli.add_option("--frames", options.frames, "buffers: what is under way and in the ports' rings")
      ->check(CLI::Range(4096, 1 << 20));
  cli.add_flag("--realtime", options.realtime, "run before ordinary programs, if the kernel allows it");
  cli.add_option("--file-prefix", options.file_prefix, "DPDK's name for this process");
  try {
    cli.parse(argc, argv);
    options.forward = parse_profile(forward);
    options.back = parse_profile(back);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help
    (void)cli.exit(error);
    parsed.exit_code = asked ? 0 : 2;
  } catch (const std::invalid_argument& error) {
    std::cerr << "millrace-link: " << error.what() << '\n';
    parsed.exit_code = 2;
  }
  return parsed;
}

}  // namespace millrace::link
