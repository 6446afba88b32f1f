// millrace-load: the load generator.
//
// One thread on one queue pair. Exit codes: 0 measured; 1 it could not start, or nothing answered; 2 the command line
// is wrong; 3 --verify found a mismatch.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/tsc_clock.h"
#include "io/eal.h"
#include "io/port.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "set_up.h"

namespace {

using namespace millrace;
using namespace millrace::load;

enum ExitCode { kMeasured = 0, kFailed = 1, kUsage = 2, kMismatch = 3 };

volatile std::sig_atomic_t g_told_to_end = 0;

io::EalConfig eal_config(const Options& options) {
  io::EalConfig config{.memory_mb = options.memory_mb,
                       .hugepages = options.hugepages,
                       .file_prefix = options.file_prefix,
                       .telemetry = false};
  if (options.cpu) config.lcores = fmt::format("0@{}", *options.cpu);
  const bool pci = options.device.size() > 4 && options.device[4] == ':';
  if (pci) config.pci_allow = {options.device};
  return config;
}

/// As many packets as fit into half of the memory: the port's rings and DPDK's own tables have the rest.
std::uint32_t packets_in(std::uint32_t memory_mb, std::uint16_t data_size) {
  const std::uint32_t each = data_size + pkt::kHeadroom + 512u;  // mbuf, private area, the pool's own
  return static_cast<std::uint32_t>(std::uint64_t{memory_mb} * 1024 * 1024 / 2 / each);
}

/// Sequence numbers of one run begin beyond those of the last (RFC 9293 3.4.1: a clock of 4 us).
std::uint32_t iss_of(Time now) { return static_cast<std::uint32_t>(to_us(now.time_since_epoch()) / 4); }

std::string processor_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

void write_report(const Options& options, const Measurement& measurement, const Setting& setting) {
  if (options.json != "-") std::fputs(report_text(measurement, options, setting).c_str(), stdout);
  if (!options.json.empty()) {
    const std::string json = report_json(measurement, options, setting);
    if (options.json == "-") {
      std::fputs(json.c_str(), stdout);
    } else if (std::ofstream file{options.json}; !(file << json).flush()) {
      throw std::runtime_error(fmt::format("cannot write '{}' of --json; check the directory", options.json));
    }
  }
  std::fflush(stdout);
}

/// Until a signal comes. DPDK has threads that may take it, so it wakes nobody: the flag is looked at.
void stay() {
  while (g_told_to_end == 0) std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

ExitCode verdict(const Measurement& measurement) {
  Counts sum;
  std::uint64_t held = 0;
  for (const PartResult& part : measurement.parts) {
    sum += part.count;
    held += part.held;
  }
  if (sum.mismatches != 0) return kMismatch;
  const bool something = sum.requests + sum.connections + sum.syns + sum.bytes_in + sum.bytes_out + held != 0;
  if (!something) fmt::print(stderr, "millrace-load: nothing answered; check that the server serves on --target\n");
  return something ? kMeasured : kFailed;
}

int serve(const Options& options) {
  const io::Eal eal{eal_config(options)};
  const auto data_size = static_cast<std::uint16_t>(std::max(2048, options.mtu + 32));
  pkt::PacketPool pool{
      {.name = "load", .packets = packets_in(options.memory_mb, data_size), .data_size = data_size, .cache = 512}};
  io::Port port = io::Port::open({.device = options.device,
                                  .mtu = options.mtu,
                                  .rx_interrupt = false,
                                  .all_multicast = !options.sources->is_v4(),
                                  .mac = options.mac,
                                  .rx_pool = &pool});
  port.start();
  fmt::print(stderr, "port up: {}, {}, {}\n", port.info().name, port.info().driver, port.info().mac.to_string());
  io::DpdkQueue queue = port.queue(0);
  const base::TscClock clock = base::TscClock::calibrate();

  const io::Offloads& can = port.info().offloads;
  const bool offload = can.tx_tcp_checksum && (can.tx_ipv4_checksum || !options.sources->is_v4());
  Engine engine{engine_settings(options, offload, iss_of(clock.now())), *options.sources, pool};
  Neighborhood neighborhood{port.info().mac, *options.sources, next_hop(options)};
  add_parts(options, engine, neighborhood);

  std::signal(SIGTERM, [](int) { g_told_to_end = 1; });
  std::signal(SIGINT, [](int) { g_told_to_end = 1; });
  Run run{{port.info().mac, options.warmup, options.length, options.requests, options.quiet},
          queue,
          engine,
          neighborhood,
          clock,
          g_told_to_end};
  const Measurement measurement = run.measure();
  const Setting setting{.driver = port.info().driver,
                        .peer_mac = neighborhood.next_hop_mac()->to_string(),
                        .tx_checksum_offload = offload,
                        .cpu = static_cast<unsigned>(sched_getcpu()),
                        .tsc_hz = clock.hz(),
                        .processor = processor_name()};
  write_report(options, measurement, setting);
  if (options.stay) stay();
  return verdict(measurement);
}

}  // namespace

int main(int argc, char** argv) {
  const Parsed parsed = parse_options(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return serve(parsed.options);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "millrace-load: {}\n", failure.what());
    return kFailed;
  }
}
