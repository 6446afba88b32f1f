// Part options have one table (part_options.cc), so `--rate 1M` and `--part "rr rate=1M"` are read by the same code.
#include "options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <map>
#include <stdexcept>

#include "text.h"
#include "values.h"

namespace millrace::load {
namespace {

/// As typed, before it is read.
struct Raw {
  std::map<std::string, std::string> part;  ///< by the option's name
  std::vector<std::string> parts;
  std::string source, gateway, ports, mac, rto = "200ms", window = "1MiB", hugepages = "auto";
  double seconds = 10, warmup = 1;
  unsigned cpu = 0;
};

[[noreturn]] void wrong(const std::string& text) { throw std::invalid_argument(text); }

PortRange read_ports(const std::string& text) {
  const char* const end = text.data() + text.size();
  PortRange range;
  const auto first = std::from_chars(text.data(), end, range.first);
  const bool dash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '-';
  const auto last = dash ? std::from_chars(first.ptr + 1, end, range.last) : first;
  if (!dash || last.ec != std::errc{} || last.ptr != end || range.first == 0 || range.last < range.first)
    wrong(fmt::format("--ports wants FIRST-LAST, such as 1024-65535, not '{}'", text));
  return range;
}

io::Hugepages read_hugepages(const std::string& text) {
  if (text == "on") return io::Hugepages::Yes;
  if (text == "off") return io::Hugepages::No;
  if (text != "auto") wrong(fmt::format("--hugepages wants on, off or auto, not '{}'", text));
  return io::Hugepages::Auto;
}

void read_addresses(const Raw& raw, Options& options) {
  options.sources = Sources::parse(raw.source);
  if (!options.sources)
    wrong(
        fmt::format("--source wants ADDRESS/LENGTH or FIRST-LAST/LENGTH of at most {} addresses, such as "
                    "10.1.0.2-10.1.0.9/24, not '{}'",
                    Sources::kMostAddresses, raw.source));
  if (!raw.gateway.empty()) {
    options.gateway = wire::IpAddress::parse(raw.gateway);
    if (!options.gateway) wrong(fmt::format("--gateway wants an address, not '{}'", raw.gateway));
  }
  if (!raw.mac.empty()) {
    options.mac = wire::MacAddress::parse(raw.mac);
    if (!options.mac || !options.mac->is_host())
      wrong(fmt::format("--mac wants the address of a station, such as 02:00:00:00:00:02, not '{}'", raw.mac));
  }
  if (!raw.ports.empty()) options.ports = read_ports(raw.ports);
}

void read_times(const Raw& raw, Options& options) {
  const auto span = [](std::string_view name, double seconds, double least) {
    constexpr double kMost = 7 * 86'400;
    if (!(seconds >= least && seconds <= kMost))
      wrong(fmt::format("--{} wants seconds from {} to {}, not {}", name, least, kMost, seconds));
    return Duration{static_cast<std::int64_t>(seconds * 1e9)};
  };
  options.length = span("seconds", raw.seconds, 0.01);
  options.warmup = span("warmup", raw.warmup, 0);
  const auto rto = config::parse_duration(raw.rto);
  if (!rto || *rto < milliseconds{2} || *rto > seconds{60})
    wrong(fmt::format("--rto wants a time from 2ms to 60s, not '{}'", raw.rto));
  options.rto = *rto;
  const auto window = config::parse_size(raw.window);
  if (!window || *window < 1024 || *window > 1 << 29)
    wrong(fmt::format("--window wants bytes from 1024 to 512MiB, not '{}'", raw.window));
  options.window = static_cast<std::uint32_t>(*window);
}

void read_parts(const Raw& raw, Options& options) {
  PartOptions defaults;
  for (const PartOption& option : part_options())
    if (const auto given = raw.part.find(std::string{option.name}); given != raw.part.end())
      option.set(defaults, given->second);
  if (options.mode == "mix") {
    if (raw.parts.empty())
      wrong("mix needs parts; say each by --part, such as --part 'rr size=1' --part 'synflood rate=1M'");
    for (const std::string& text : raw.parts) options.parts.push_back(parse_part(text, defaults));
  } else {
    const auto mode = mode_from(options.mode);
    if (!mode)
      wrong(fmt::format("'{}' is no mode; there are rr, cps, hold, bulk, synflood, http and mix", options.mode));
    if (!raw.parts.empty()) wrong("--part belongs to mix; say mix as the mode, or leave --part out");
    defaults.mode = *mode;
    options.parts.push_back(defaults);
  }
  constexpr std::size_t kMostParts = 16;
  if (options.parts.size() > kMostParts)
    wrong(fmt::format("there are {} parts; at most {} can be", options.parts.size(), kMostParts));
}

/// Without a gateway all segments go to one MAC on the link.
void check_neighbors(const Options& options) {
  for (const PartOptions& part : options.parts) {
    if (!options.sources->network().contains(part.target.address))
      wrong(fmt::format("{} is not in the network of --source; say --gateway, or a shorter prefix length",
                        part.target.address.to_string()));
    if (part.target.address != options.parts.front().target.address)
      wrong("parts without --gateway need one target address; say --gateway, or use one address");
  }
}

/// Whether the parts fit the addresses and ports; each part gets an equal share of the ports.
void check(const Options& options) {
  const std::uint32_t share = options.ports.size() / static_cast<std::uint32_t>(options.parts.size());
  if (share == 0) wrong("--ports has fewer ports than there are parts; give more");
  const std::uint64_t room = std::uint64_t{options.sources->count()} * share;
  for (const PartOptions& part : options.parts) {
    check_part(part, options.verify);
    if (part.target.address.is_v4() != options.sources->is_v4())
      wrong("--source and --target are of different IP versions; use one version");
    if (part.mode != Mode::SynFlood && part.connections > room)
      wrong(fmt::format("{} has {} connections, but its addresses and ports are good for {}; add source addresses",
                        name_of(part.mode), part.connections, room));
  }
  if (options.gateway && options.gateway->is_v4() != options.sources->is_v4())
    wrong("--gateway and --source are of different IP versions; use one version");
  if (!options.gateway) check_neighbors(options);
}

void add_part_options(CLI::App& cli, Raw& raw) {
  for (const PartOption& option : part_options())
    cli.add_option_function<std::string>(
           "--" + std::string{option.name},
           [&raw, name = std::string{option.name}](const std::string& value) { raw.part[name] = value; },
           std::string{option.help})
        ->group("What is done");
}

void add_run_options(CLI::App& cli, Options& options, Raw& raw) {
  cli.add_option("--part", raw.parts, "a part of a mix: 'MODE NAME=VALUE ...', over the options given; several times");
  cli.add_option("--seconds", raw.seconds, "how long is measured (10)")->group("The run");
  cli.add_option("--warmup", raw.warmup, "seconds before that, which do not count (1)")->group("The run");
  cli.add_option("--requests", options.requests, "end the measurement after so many requests")->group("The run");
  cli.add_flag("--verify", options.verify, "compare every byte that is received, and check checksums")
      ->group("The run");
  cli.add_option("--rto", raw.rto, "how long an acknowledgment may take (200ms)")->group("The run");
  cli.add_option("--window", raw.window, "receive window of each connection (1MiB)")->group("The run");
  cli.add_option("--json", options.json, "write the report to this file; -: to standard output")->group("The run");
  cli.add_flag("--quiet", options.quiet, "no line per second")->group("The run");
  cli.add_flag("--stay", options.stay, "when done, keep the port without polling it until SIGTERM or SIGINT")
      ->group("The run");
}

void add_port_options(CLI::App& cli, Options& options, Raw& raw) {
  cli.add_option("--device", options.device, "DPDK's device, such as 0000:3b:00.0 or net_tap0,iface=load")
      ->required()
      ->group("The port");
  cli.add_option("--source", raw.source, "our addresses: ADDRESS/LENGTH or FIRST-LAST/LENGTH")
      ->required()
      ->group("The port");
  cli.add_option("--gateway", raw.gateway, "next hop towards the targets")->group("The port");
  cli.add_option("--ports", raw.ports, "source ports (1024-65535)")->group("The port");
  cli.add_option("--mac", raw.mac, "the port's MAC address, if not its own")->group("The port");
  cli.add_option("--mtu", options.mtu, "longest IP packet (1500)")->check(CLI::Range(576, 9000))->group("The port");
  cli.add_option("--cpu", raw.cpu, "run on this CPU")->group("The port");
  cli.add_option("--memory", options.memory_mb, "MB for packets (128)")
      ->check(CLI::Range(64, 65536))
      ->group("The port");
  cli.add_option("--hugepages", raw.hugepages, "on, off or auto (auto)")->group("The port");
  cli.add_option("--file-prefix", options.file_prefix, "DPDK's name for this process")->group("The port");
}

}  // namespace

Parsed parse_options(int argc, const char* const* argv) {
  Parsed parsed;
  Options& options = parsed.options;
  Raw raw;
  CLI::App cli{"Load for TCP servers: requests, connections, bulk, floods; measured and, if asked for, verified",
               "millrace-load"};
  cli.add_option("mode", options.mode, "rr, cps, hold, bulk, synflood, http or mix")->required();
  add_part_options(cli, raw);
  add_run_options(cli, options, raw);
  add_port_options(cli, options, raw);
  cli.footer(
      "Exit code: 0 measured; 1 it could not start, or nothing answered; 2 the command line is wrong; 3 --verify "
      "found a mismatch");
  try {
    cli.parse(argc, argv);
    if (cli.count("--cpu") > 0) options.cpu = raw.cpu;
    options.hugepages = read_hugepages(raw.hugepages);
    read_addresses(raw, options);
    read_times(raw, options);
    read_parts(raw, options);
    check(options);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help
    (void)cli.exit(error);
    parsed.exit_code = asked ? 0 : 2;
  } catch (const std::invalid_argument& error) {
    std::cerr << "millrace-load: " << error.what() << '\n';
    parsed.exit_code = 2;
  }
  return parsed;
}

}  // namespace millrace::load
