// The command line of millrace-load.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/eal.h"
#include "part_options.h"
#include "sources.h"
#include "wire/address.h"

namespace millrace::load {

struct Options {
  std::string mode;  ///< as given; "mix" for several parts
  std::vector<PartOptions> parts;

  std::string device;
  std::optional<Sources> sources;
  std::optional<wire::IpAddress> gateway;
  PortRange ports;
  std::optional<wire::MacAddress> mac;
  std::uint16_t mtu = 1500;

  Duration warmup = seconds{1};
  Duration length = seconds{10};  ///< of the measurement
  std::uint64_t requests = 0;     ///< the measurement ends after so many; 0: by time only
  bool verify = false;
  Duration rto = milliseconds{200};
  std::uint32_t window = 1 << 20;

  std::string json;    ///< the report's file; "-": standard output, instead of the table
  bool quiet = false;  ///< no line per second
  bool stay = false;   ///< keeps the port until a signal comes

  std::optional<unsigned> cpu;
  std::uint32_t memory_mb = 128;
  io::Hugepages hugepages = io::Hugepages::Auto;
  std::string file_prefix = "millrace-load";
};

/// What the command line asks for; or the exit code when the program shall end at once (help, a mistake; it is said).
struct Parsed {
  Options options;
  std::optional<int> exit_code;
};
[[nodiscard]] Parsed parse_options(int argc, const char* const* argv);

}  // namespace millrace::load
