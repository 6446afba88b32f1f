#include "proxy_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "config_file.h"
#include "connection_options.h"
#include "listener_config.h"
#include "proxy_check.h"
#include "values.h"

namespace millrace::config {
namespace {

void read_listener(const toml::table& table, ProxyReading& reading, Diagnostics& errors) {
  TableReader reader(table, "[[listener]]", errors);
  proxy::ListenerSettings listener;
  ListenerLines lines;
  lines.table = reader.line();
  lines.has_address = table.contains("address");
  lines.address =
      reader.parsed({"address", R"("10.1.0.1")"}, listener.address.address, wire::IpAddress::parse, "an address");
  reader.flag({"v6only", "true"}, listener.options.v6only);
  lines.port = reader.number({"port", "80", true}, listener.address.port, {1, 65535});
  read_connection_options(reader, listener.options);
  lines.upstream = reader.text({"upstream", R"("web")", true}, lines.upstream_name);
  read_listen_options(reader, reading.config.runtime.settings.workers, listener.options);
  reader.finish();
  reading.config.proxy.listeners.push_back(listener);
  reading.listeners.push_back(std::move(lines));
}

void read_servers(TableReader& reader, proxy::UpstreamSettings& upstream, UpstreamLines& lines) {
  const Key key{"servers", R"(["10.2.0.2:8080"])", true};
  const std::string next = fmt::format("Write for example servers = {}.", key.example);
  std::vector<std::pair<std::string, int>> texts;
  const int line = reader.texts(key, texts);
  if (line != 0 && texts.empty()) reader.error(line, fmt::format("upstream '{}' has no servers", upstream.name), next);
  if (texts.size() > proxy::kMaxServers)
    reader.error(
        line,
        fmt::format("upstream '{}' has {} servers, the most is {}", upstream.name, texts.size(), proxy::kMaxServers),
        "Split it into several upstreams.");
  for (const auto& [text, at] : texts) {
    const auto server = parse_endpoint(text);
    if (!server) {
      reader.error(at, fmt::format("'servers' in [[upstream]] has \"{}\", which is not an address with a port", text),
                   next);
    } else if (std::find(upstream.servers.begin(), upstream.servers.end(), *server) != upstream.servers.end()) {
      reader.error(at, fmt::format("server {} is given twice in upstream '{}'", text, upstream.name),
                   "Keep one of them.");
    } else {
      upstream.servers.push_back(*server);
      lines.servers.push_back(at);
    }
  }
}

void read_sources(TableReader& reader, proxy::UpstreamSettings& upstream, UpstreamLines& lines) {
  const Key key{"source", R"(["10.2.0.1", "10.2.0.3"])"};
  const std::string next = fmt::format("Write for example source = {}.", key.example);
  std::vector<std::pair<std::string, int>> texts;
  const int line = reader.texts(key, texts);
  if (line != 0 && texts.empty()) reader.error(line, "'source' in [[upstream]] is empty", next);
  for (const auto& [text, at] : texts) {
    const auto source = wire::IpAddress::parse(text);
    if (!source) {
      reader.error(at, fmt::format("'source' in [[upstream]] has \"{}\", which is not an address", text), next);
    } else if (std::find(upstream.sources.begin(), upstream.sources.end(), *source) != upstream.sources.end()) {
      reader.error(at, fmt::format("source {} is given twice in upstream '{}'", text, upstream.name),
                   "Keep one of them.");
    } else {
      upstream.sources.push_back(*source);
      lines.sources.push_back(at);
    }
  }
}

void read_upstream(const toml::table& table, ProxyReading& reading, Diagnostics& errors) {
  TableReader reader(table, "[[upstream]]", errors);
  proxy::UpstreamSettings upstream;
  UpstreamLines lines;
  lines.name = reader.text({"name", R"("web")", true}, upstream.name);
  read_servers(reader, upstream, lines);
  read_sources(reader, upstream, lines);
  reader.duration({"connect_timeout", R"("3s")"}, upstream.connect_timeout, {milliseconds{1}, minutes{3}});
  reader.duration({"health_interval", R"("2s")"}, upstream.health_interval, {Duration{0}, hours{1}});
  const int timeout =
      reader.duration({"health_timeout", R"("1s")"}, upstream.health_timeout, {milliseconds{1}, hours{1}});
  read_connection_options(reader, upstream.options);
  reader.number({"fall", "3"}, upstream.fall, {1, 255});
  reader.number({"rise", "2"}, upstream.rise, {1, 255});
  reader.finish();
  if (upstream.health_interval > Duration{0} && upstream.health_timeout > upstream.health_interval)
    reader.error(timeout != 0 ? timeout : reader.line(),
                 fmt::format("health_timeout {} is longer than health_interval {}",
                             format_duration(upstream.health_timeout), format_duration(upstream.health_interval)),
                 "A check must end before the next one begins: lower health_timeout.");
  reading.config.proxy.upstreams.push_back(std::move(upstream));
  reading.upstreams.push_back(std::move(lines));
}

void read_timeouts(const toml::table& table, proxy::ProxySettings& settings, Diagnostics& errors) {
  TableReader reader(table, "[timeouts]", errors);
  reader.duration({"idle", R"("5m")"}, settings.idle, {Duration{0}, hours{24}});
  reader.duration({"drain", R"("10s")"}, settings.drain, {Duration{0}, hours{24}});
  reader.finish();
}

ProxyReading read_tables(const toml::table& table, Diagnostics& errors) {
  ProxyReading reading;
  TableReader root(table, "", errors);
  reading.config.runtime = read_runtime(root);
  for (const toml::table* listener : root.tables("listener")) read_listener(*listener, reading, errors);
  for (const toml::table* upstream : root.tables("upstream")) read_upstream(*upstream, reading, errors);
  if (const toml::table* timeouts = root.table("timeouts")) read_timeouts(*timeouts, reading.config.proxy, errors);
  root.finish();
  return reading;
}

/// Every client connection needs two in the stack, and each worker's health checks one per server. The stack divides
/// them between the workers again.
std::uint32_t stack_connections(const proxy::ProxySettings& settings, std::uint16_t workers) {
  std::uint64_t servers = 0;
  for (const proxy::UpstreamSettings& upstream : settings.upstreams) servers += upstream.servers.size();
  return static_cast<std::uint32_t>(workers *
                                    (2 * std::uint64_t{worker_pairs(settings.connections, workers)} + servers));
}

/// [limits] counts what people see, client connections and their buffers; the stack counts both legs.
void apply_limits(ProxyConfig& config) {
  config.proxy.connections = config.runtime.settings.connections;
  config.proxy.receive_buffer = config.runtime.receive_buffer;
  config.proxy.send_buffer = config.runtime.send_buffer;
  config.runtime.settings.connections = stack_connections(config.proxy, config.runtime.settings.workers);
}

}  // namespace

std::uint32_t worker_pairs(std::uint32_t connections, std::uint16_t workers) noexcept {
  if (workers == 1) return connections;
  const std::uint32_t share = connections / workers + 1;
  return share + share / 8;
}

ProxyConfig read_proxy_config(std::string_view text, Diagnostics& errors) {
  const auto table = parse_toml(text, errors);
  if (!table) return {};
  ProxyReading reading = read_tables(*table, errors);
  check_network(reading.config.runtime, errors);
  check_listeners(reading, errors);
  check_upstreams(reading, errors);
  apply_limits(reading.config);
  return std::move(reading.config);
}

}  // namespace millrace::config
