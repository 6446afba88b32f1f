// bench-pairs: the clients and the servers of a proxy under test, on one core; bench/run starts it beside the proxy.
//
// Writes "begin" when the warm-up is over and "end" when the time is over, so that who measures the proxy reads its
// counters then; after "end" a JSON object, and waits until standard input is closed: a memif port of DPDK 22.11 does
// not survive that its peer ends while it polls.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "api/app.h"
#include "api/runtime.h"
#include "pairs_app.h"

namespace {

using namespace millrace;
using namespace millrace::bench;

constexpr Duration kPatience = seconds{5};
constexpr std::chrono::seconds kFirstTraffic{20};
constexpr std::uint32_t kClientAddresses = 16;
constexpr std::uint16_t kProxyPort = 80, kFirstServerPort = 8080, kServers = 8;

struct Options {
  std::string client_device, server_device, mode = "short", file_prefix = "bench-pairs";
  std::uint32_t at_once = 64;
  double warm_up = 1, time = 5;
};

Options parse(CLI::App& cli, int argc, char** argv) {
  Options options;
  cli.add_option("--client-device", options.client_device, "DPDK device towards the proxy's clients' port")->required();
  cli.add_option("--server-device", options.server_device, "DPDK device towards its servers' port")->required();
  cli.add_option("--mode", options.mode)->check(CLI::IsMember({"short", "bulk"}));
  cli.add_option("--at-once", options.at_once, "clients under way");
  cli.add_option("--warm-up", options.warm_up, "seconds");
  cli.add_option("--seconds", options.time, "measured");
  cli.add_option("--file-prefix", options.file_prefix);
  cli.parse(argc, argv);
  return options;
}

/// 10.1.0.2 and following are the clients, 10.2.0.2 is the server; the proxy has 10.1.0.1 and 10.2.0.1.
api::RuntimeSettings runtime_settings(const Options& options) {
  api::PortSettings clients, servers;
  clients.name = "clients";
  clients.device = options.client_device;
  for (std::uint32_t i = 0; i < kClientAddresses; ++i)
    clients.addresses.push_back({wire::IpAddress::v4(0x0a010002 + i), 24});
  servers.name = "servers";
  servers.device = options.server_device;
  servers.addresses = {{wire::IpAddress::v4(0x0a020002), 24}};
  api::RuntimeSettings settings;
  settings.ports = {clients, servers};
  settings.file_prefix = options.file_prefix;
  settings.idle = api::IdlePolicy::Spin;
  settings.connections = 65'536;
  settings.time_waits = 1'000'000;
  settings.tcp.msl = seconds{1};
  return settings;
}

PairsSettings pairs_settings(const Options& options) {
  PairsSettings settings;
  settings.mode = options.mode == "bulk" ? PairsMode::Bulk : PairsMode::Short;
  settings.at_once = options.at_once;
  for (std::uint32_t i = 0; i < kClientAddresses; ++i) settings.clients.push_back(wire::IpAddress::v4(0x0a010002 + i));
  settings.proxy = {wire::IpAddress::v4(0x0a010001), kProxyPort};
  for (std::uint16_t i = 0; i < kServers; ++i)
    settings.servers.push_back({wire::IpAddress::v4(0x0a020002), static_cast<std::uint16_t>(kFirstServerPort + i)});
  return settings;
}

void say(const std::string& line) {
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

struct Counts {
  std::uint64_t finished, bytes, failed, busy_cycles = 0, idle_cycles = 0;
  std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
};

Counts counts_of(const stack::Runtime& runtime, const PairsApp& app) {
  Counts counts{app.finished(), app.bytes(), app.failed()};
  runtime.visit_counters(0, [&](std::string_view name, std::uint64_t value) {
    if (name == "busy_cycles") counts.busy_cycles = value;
    if (name == "idle_cycles") counts.idle_cycles = value;
  });
  return counts;
}

std::string json_of(const Counts& a, const Counts& b) {
  const double seconds = std::chrono::duration<double>(b.at - a.at).count();
  const auto busy = static_cast<double>(b.busy_cycles - a.busy_cycles);
  const auto all = busy + static_cast<double>(b.idle_cycles - a.idle_cycles);
  return fmt::format("{{\"seconds\":{:.4f},\"connections\":{},\"bytes\":{},\"failed\":{},\"busy_share\":{:.4f}}}\n",
                     seconds, b.finished - a.finished, b.bytes - a.bytes, b.failed - a.failed, busy / all);
}

/// The proxy may start after this program: warm-up begins with what it lets through.
void await_traffic(const PairsApp& app) {
  const auto until = std::chrono::steady_clock::now() + kFirstTraffic;
  while (app.bytes() == 0) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("nothing comes through the proxy");
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

int run(const Options& options) {
  PairsApp app{pairs_settings(options)};
  stack::Runtime runtime{runtime_settings(options), [&](std::uint16_t) { return api::AppRef{app}.hook(); }};
  const auto listening = api::ask<bool>(runtime, 0, kPatience, [&](api::Shard shard, bool& good) {
    good = app.listen(shard);
    return api::TaskState::Done;
  });
  if (!listening || !*listening.answer) throw std::runtime_error("the servers do not listen");
  await_traffic(app);
  std::this_thread::sleep_for(std::chrono::duration<double>(options.warm_up));
  say("begin\n");
  const Counts first = counts_of(runtime, app);
  std::this_thread::sleep_for(std::chrono::duration<double>(options.time));
  say("end\n");
  say(json_of(first, counts_of(runtime, app)));
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Clients and servers of a proxy under test", "bench-pairs"};
  try {
    return run(parse(cli, argc, argv));
  } catch (const CLI::ParseError& error) {
    return cli.exit(error);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "bench-pairs: {}\n", failure.what());
    return 1;
  }
}
