#include "runtime_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "values.h"

namespace millrace::config {
namespace {

constexpr std::string_view kAddressExample = R"(["10.1.0.1/24"])";

std::optional<stack::Hugepages> parse_hugepages(std::string_view text) {
  if (text == "auto") return stack::Hugepages::Auto;
  if (text == "on") return stack::Hugepages::On;
  if (text == "off") return stack::Hugepages::Off;
  return std::nullopt;
}

std::optional<stack::IdlePolicy> parse_idle(std::string_view text) {
  if (text == "adaptive") return stack::IdlePolicy::Adaptive;
  if (text == "spin") return stack::IdlePolicy::Spin;
  return std::nullopt;
}

/// DPDK makes a file name of it.
std::optional<std::string> parse_file_prefix(std::string_view text) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '_') return std::nullopt;
  }
  return std::string{text};
}

std::optional<std::string> parse_not_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string{text};
}

std::optional<wire::MacAddress> parse_host_mac(std::string_view text) {
  const auto mac = wire::MacAddress::parse(text);
  return mac && mac->is_host() ? mac : std::nullopt;
}

void read_runtime_table(const toml::table& table, RuntimeConfig& config, Diagnostics& errors) {
  TableReader reader(table, "[runtime]", errors);
  stack::RuntimeSettings& settings = config.settings;
  reader.number({"workers", "1"}, settings.workers, {1, 128});
  reader.parsed({"hugepages", R"("auto")"}, settings.hugepages, parse_hugepages, "one of auto, on, off");
  reader.parsed({"file_prefix", R"("millrace")"}, settings.file_prefix, parse_file_prefix,
                "a name of letters, digits, - and _");
  reader.parsed({"idle", R"("adaptive")"}, settings.idle, parse_idle, "one of adaptive, spin");
  reader.finish();
}

void read_addresses(TableReader& reader, stack::PortSettings& port, PortLines& lines) {
  const Key key{"addresses", kAddressExample, true};
  std::vector<std::pair<std::string, int>> texts;
  const int line = reader.texts(key, texts);
  if (line != 0 && texts.empty()) {
    reader.error(line, "'addresses' in [[port]] is empty",
                 fmt::format("Write for example addresses = {}.", key.example));
  }
  for (const auto& [text, at] : texts) {
    if (const auto prefix = wire::IpPrefix::parse(text)) {
      port.addresses.push_back(*prefix);
      lines.addresses.push_back(at);
    } else {
      reader.error(at, fmt::format("'addresses' in [[port]] has \"{}\", which is not an address with a length", text),
                   fmt::format("Write for example addresses = {}.", key.example));
    }
  }
}

void read_port(const toml::table& table, RuntimeConfig& config, Diagnostics& errors) {
  TableReader reader(table, "[[port]]", errors);
  stack::PortSettings port;
  PortLines lines;
  lines.table = reader.line();
  lines.name = reader.parsed({"name", R"("client")", true}, port.name, parse_not_empty, "a name");
  lines.device = reader.parsed({"device", R"("0000:3b:00.0")", true}, port.device, parse_not_empty, "a DPDK device");
  read_addresses(reader, port, lines);
  lines.mac = reader.parsed({"mac", R"("02:00:00:00:00:01")"}, port.mac, parse_host_mac, "the MAC address of a host");
  reader.number({"mtu", "1500"}, port.mtu, {576, 9000});
  reader.number({"vlan", "100"}, port.vlan, {0, 4094});
  lines.queues = reader.number({"queues", "1"}, port.queues, {1, 128});
  reader.number({"dad_transmits", "1"}, port.dad_transmits, {0, 10});
  lines.capture = reader.text({"capture", R"("/tmp/millrace.pcap")"}, port.capture);
  reader.finish();
  config.settings.ports.push_back(std::move(port));
  config.port_lines.push_back(std::move(lines));
}

void read_route(const toml::table& table, RuntimeConfig& config, Diagnostics& errors) {
  TableReader reader(table, "[[route]]", errors);
  stack::RouteSettings route;
  RouteLines lines;
  lines.to = reader.parsed({"to", R"("0.0.0.0/0")", true}, route.to, wire::IpPrefix::parse, "a network with a length");
  lines.via = reader.parsed({"via", R"("10.1.0.254")", true}, route.via, wire::IpAddress::parse, "an address");
  lines.port = reader.text({"port", R"("client")"}, route.port);
  reader.finish();
  if (lines.to == 0 || lines.via == 0) return;
  config.settings.routes.push_back(route);
  config.route_lines.push_back(lines);
}

/// What tuned buffers start with and grow to.
void read_growth(TableReader& reader, Key initial, std::uint32_t& first, Key max, std::uint32_t& last,
                 Range<std::uint64_t> range) {
  const int line = reader.size(initial, first, range);
  const int last_line = reader.size(max, last, range);
  if (first <= last) return;
  reader.error(std::max(line, last_line), fmt::format("'{}' is {}, '{}' is {}", initial.name, first, max.name, last),
               fmt::format("Make {} the larger one.", max.name));
}

/// A size for each connection, or what tuning does.
void read_buffers(TableReader& reader, RuntimeConfig& config) {
  constexpr Range<std::uint64_t> kBuffer{4096, 1u << 30};
  constexpr Range<std::uint64_t> kBudget{1u << 20, std::uint64_t{1} << 40};
  stack::BufferSettings& tuned = config.settings.tcp.buffers;
  reader.size({"receive_buffer", R"("256KiB")"}, config.receive_buffer, kBuffer);
  reader.size({"send_buffer", R"("256KiB")"}, config.send_buffer, kBuffer);
  read_growth(reader, {"receive_buffer_initial", R"("128KiB")"}, tuned.receive_initial,
              {"receive_buffer_max", R"("6MiB")"}, tuned.receive_max, kBuffer);
  read_growth(reader, {"send_buffer_initial", R"("256KiB")"}, tuned.send_initial, {"send_buffer_max", R"("6MiB")"},
              tuned.send_max, kBuffer);
  reader.size({"receive_budget", R"("64MiB")"}, tuned.receive_budget, kBudget);
  reader.size({"send_budget", R"("48MiB")"}, tuned.send_budget, kBudget);
}

void read_limits(const toml::table& table, RuntimeConfig& config, Diagnostics& errors) {
  constexpr std::int64_t kMost = 50'000'000;
  TableReader reader(table, "[limits]", errors);
  config.limits_line = reader.line();
  reader.number({"connections", "100000"}, config.settings.connections, {1, kMost});
  reader.number({"time_waits", "200000"}, config.settings.time_waits, {1, kMost});
  reader.number({"half_open", "16384"}, config.settings.half_open, {1, kMost});
  reader.number({"orphans", "16384"}, config.settings.orphans, {0, kMost});
  config.packets_line = reader.number({"packets", "65536"}, config.settings.packets, {4096, kMost});
  read_buffers(reader, config);
  reader.finish();
}

void read_telemetry(const toml::table& table, stack::RuntimeSettings& settings, Diagnostics& errors) {
  TableReader reader(table, "[telemetry]", errors);
  reader.number({"closed_ring", "4096"}, settings.closed_ring, {0, 1'000'000});
  reader.finish();
}

void read_tcp(const toml::table& table, stack::RuntimeSettings& settings, Diagnostics& errors) {
  TableReader reader(table, "[tcp]", errors);
  stack::TcpSettings& tcp = settings.tcp;
  reader.duration({"msl", R"("30s")"}, tcp.msl, {Duration{0}, minutes{10}});
  reader.duration({"min_rto", R"("200ms")"}, tcp.min_rto, {milliseconds{1}, seconds{60}});
  reader.duration({"connect_timeout", R"("180s")"}, tcp.connect_timeout, {seconds{1}, hours{1}});
  reader.duration({"half_open_timeout", R"("75s")"}, tcp.half_open_timeout, {milliseconds{100}, minutes{10}});
  reader.number({"syn_ack_retries", "5"}, tcp.syn_ack_retries, {0, 10});
  reader.duration({"user_timeout", R"("924s")"}, tcp.user_timeout, {seconds{1}, hours{24}});
  reader.duration({"fin_wait_2_timeout", R"("60s")"}, tcp.fin_wait_2_timeout, {seconds{1}, hours{1}});
  // RFC 9293 3.8.6.3: a delayed ACK must come in less than 0.5 s.
  reader.duration({"delayed_ack", R"("40ms")"}, tcp.delayed_ack, {Duration{0}, milliseconds{499}});
  reader.number({"hop_limit", "64"}, tcp.hop_limit, {1, 255});
  reader.number({"r1", "3"}, tcp.r1, {3, 15});  // SHLD-10
  reader.number({"syn_retries", "7"}, tcp.syn_retries, {0, 20});
  reader.parsed({"congestion_control", R"("cubic")"}, tcp.congestion_control, parse_algorithm, algorithm_choices());
  reader.flag({"pacing", "true"}, tcp.pacing);
  reader.parsed({"ecn", R"("classic")"}, tcp.ecn, parse_ecn, kEcnChoices);
  const int range = reader.parsed({"port_range", R"("32768-60999")"}, tcp.port_range, parse_port_range,
                                  "a range of ports within 1024-65535, the lower one first");
  reader.finish();
  if (tcp.port_range.size() < settings.workers)
    errors.add(range, fmt::format("{} source ports for {} workers", tcp.port_range.size(), settings.workers),
               "Widen port_range: each worker needs ports of its own.");
}

}  // namespace

RuntimeConfig read_runtime(TableReader& root) {
  RuntimeConfig config;
  if (const toml::table* table = root.table("runtime")) read_runtime_table(*table, config, root.errors());
  for (const toml::table* table : root.tables("port")) read_port(*table, config, root.errors());
  for (const toml::table* table : root.tables("route")) read_route(*table, config, root.errors());
  if (const toml::table* table = root.table("limits")) read_limits(*table, config, root.errors());
  if (const toml::table* table = root.table("tcp")) read_tcp(*table, config.settings, root.errors());
  if (const toml::table* table = root.table("telemetry")) read_telemetry(*table, config.settings, root.errors());
  return config;
}

}  // namespace millrace::config
