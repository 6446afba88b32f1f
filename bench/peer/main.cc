// kernel-pairs: the clients or the servers of a proxy under test, by the kernel's sockets; bench/run starts one of
// each, in network namespaces of their own.
//
//     kernel-pairs servers 10.2.0.2:8080 --mode short --seconds 8
//     kernel-pairs clients 10.1.0.1:80 --mode short --seconds 5
//
// Clients write "begin" when the warm-up is over and "end" when the time is over, so that who measures the proxy looks
// at its core then; after "end" a JSON object. Both end by themselves.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "base/tsc_clock.h"
#include "kernel_clients.h"
#include "kernel_servers.h"

namespace {

using namespace millrace;
using namespace millrace::bench;

constexpr std::uint16_t kServers = 8;
constexpr int kPatienceMs = 10;

struct Options {
  std::string role, address, mode = "short";
  std::size_t at_once = 64;
  double warm_up = 1, seconds = 5;
};

Options parse(CLI::App& cli, int argc, char** argv) {
  Options options;
  cli.add_option("role", options.role)->required()->check(CLI::IsMember({"clients", "servers"}));
  cli.add_option("address", options.address, "the proxy's, or the first of eight that servers listen on")->required();
  cli.add_option("--mode", options.mode)->check(CLI::IsMember({"short", "kept", "bulk"}));
  cli.add_option("--at-once", options.at_once, "clients under way");
  cli.add_option("--warm-up", options.warm_up, "seconds");
  cli.add_option("--seconds", options.seconds, "measured; of servers: until they end");
  cli.parse(argc, argv);
  return options;
}

PeerMode mode_of(const std::string& name) {
  if (name == "kept") return PeerMode::Kept;
  return name == "bulk" ? PeerMode::Bulk : PeerMode::Short;
}

void say(const std::string& line) {
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

void serve(const Options& options) {
  const auto target = compare::parse_target(options.address);
  KernelServers servers{target.address, target.port, kServers, mode_of(options.mode)};
  const double end = compare::now() + options.seconds;
  while (compare::now() < end) servers.turn(kPatienceMs);
}

struct Counts {
  explicit Counts(const KernelClients& clients)
      : finished{clients.finished()}, bytes{clients.bytes()}, failed{clients.failed()} {}

  std::uint64_t finished, bytes, failed, tsc = base::TscClock::cycles();
  double at = compare::now();
};

Counts run_until(KernelClients& clients, double end) {
  while (compare::now() < end) clients.turn(kPatienceMs);
  return Counts{clients};
}

void load(const Options& options) {
  KernelClients clients{compare::parse_target(options.address), mode_of(options.mode), options.at_once};
  const double start = compare::now();
  const Counts a = run_until(clients, start + options.warm_up);
  say("begin\n");
  const Counts b = run_until(clients, start + options.warm_up + options.seconds);
  say("end\n");
  const double seconds = b.at - a.at;
  say(fmt::format("{{\"seconds\":{:.6f},\"finished\":{},\"bytes\":{},\"failed\":{},\"tsc_hz\":{:.0f}}}\n", seconds,
                  b.finished - a.finished, b.bytes - a.bytes, b.failed - a.failed,
                  static_cast<double>(b.tsc - a.tsc) / seconds));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Clients or servers of a proxy under test, by the kernel's sockets", "kernel-pairs"};
  try {
    const Options options = parse(cli, argc, argv);
    options.role == "servers" ? serve(options) : load(options);
    return 0;
  } catch (const CLI::ParseError& error) {
    return cli.exit(error);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "kernel-pairs: {}\n", failure.what());
    return 1;
  }
}
