#include "echo_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "config_file.h"
#include "memory_check.h"
#include "runtime_config.h"
#include "table_reader.h"
#include "values.h"

namespace millrace::echo {
namespace {

constexpr std::int64_t kMaxBody = 1 << 20;

void read_listener(const toml::table& table, const config::RuntimeConfig& shared, EchoConfig& into,
                   config::Diagnostics& errors) {
  config::TableReader reader(table, "[[listener]]", errors);
  ListenerSettings listener;
  const int address =
      reader.parsed({"address", R"("10.1.0.1")", true}, listener.local.address, api::IpAddress::parse, "an address");
  reader.number({"port", "7", true}, listener.local.port, {1, 65535});
  reader.parsed({"service", R"("echo")", true}, listener.service, service_from, "one of echo, discard, chargen, http");
  reader.number({"body_size", "64"}, listener.body_size, {0, kMaxBody});
  reader.finish();

  if (address != 0 && !listener.local.address.is_unspecified() &&
      !config::is_own(shared.settings, listener.local.address))
    reader.error(address, fmt::format("{} is no address of a port", listener.local.address.to_string()),
                 "Use one of the addresses in [[port]], or 0.0.0.0 for all of them.");
  const auto same = [&](const ListenerSettings& other) { return other.local == listener.local; };
  if (std::ranges::any_of(into.listeners, same))
    reader.error(
        reader.line(),
        fmt::format("there are two listeners on {} port {}", listener.local.address.to_string(), listener.local.port),
        "Give each an address or a port of its own.");
  listener.options.receive_buffer = shared.receive_buffer;
  listener.options.send_buffer = shared.send_buffer;
  into.listeners.push_back(listener);
}

/// `shared` is what the file says to every program.
EchoConfig parse(std::string_view text, config::Diagnostics& errors, config::RuntimeConfig& shared) {
  EchoConfig echo;
  const auto table = config::parse_toml(text, errors);
  if (!table) return echo;
  config::TableReader root(*table, "", errors);
  shared = config::read_runtime(root);
  config::check_network(shared, errors);
  root.duration({"drain", R"("5s")"}, echo.drain, {Duration{0}, hours{24}});
  for (const toml::table* listener : root.tables("listener")) read_listener(*listener, shared, echo, errors);
  root.finish();
  if (echo.listeners.empty()) errors.add(1, "there is no [[listener]]", "Add one with address, port and service.");
  echo.runtime = shared.settings;
  return echo;
}

}  // namespace

EchoConfig parse_config(std::string_view text, config::Diagnostics& errors) {
  config::RuntimeConfig shared;
  return parse(text, errors, shared);
}

EchoConfig load_config(const std::string& path, config::Diagnostics& errors) {
  const auto text = config::read_file(path, errors);
  if (!text) return {};
  config::RuntimeConfig shared;
  EchoConfig echo = parse(*text, errors, shared);
  if (errors.empty()) config::check_memory(shared, config::read_free_memory(), errors);
  return echo;
}

}  // namespace millrace::echo
