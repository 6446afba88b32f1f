#include "echo_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "config_file.h"
#include "connection_options.h"
#include "listener_config.h"
#include "memory_check.h"
#include "runtime_config.h"
#include "table_reader.h"
#include "values.h"

namespace millrace::echo {
namespace {

constexpr std::int64_t kMaxBody = 1 << 20;

/// Both take connections to some address and port: the same address, or "::" of both IP versions and 0.0.0.0.
bool meet(const ListenerSettings& a, const ListenerSettings& b) {
  const auto both = [](const ListenerSettings& l) {
    return l.local.address.is_unspecified() && !l.local.address.is_v4() && !l.options.v6only;
  };
  if (a.local.port != b.local.port) return false;
  if (a.local.address == b.local.address) return true;
  return (both(a) && b.local.address.is_unspecified()) || (both(b) && a.local.address.is_unspecified());
}

void read_listener(const toml::table& table, const config::RuntimeConfig& shared, EchoConfig& into,
                   config::Diagnostics& errors) {
  config::TableReader reader(table, "[[listener]]", errors);
  ListenerSettings listener;
  const int address =
      reader.parsed({"address", R"("10.1.0.1")"}, listener.local.address, api::IpAddress::parse, "an address");
  reader.flag({"v6only", "true"}, listener.options.v6only);
  reader.number({"port", "7", true}, listener.local.port, {1, 65535});
  reader.parsed({"service", R"("echo")", true}, listener.service, service_from, "one of echo, discard, chargen, http");
  reader.number({"body_size", "64"}, listener.body_size, {0, kMaxBody});
  listener.options.no_delay =
      listener.service == ServiceKind::Http;  // an answer is whole: nothing comes to fill its end
  config::read_connection_options(reader, listener.options);
  config::read_listen_options(reader, shared.settings.workers, listener.options);
  reader.finish();

  if (address != 0 || !table.contains("address"))
    config::check_listener_address(shared.settings, listener.local.address, listener.options.v6only,
                                   address != 0 ? address : reader.line(), errors);
  const auto same = [&](const ListenerSettings& other) { return meet(other, listener); };
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
  if (errors.empty()) config::check_memory(shared, config::read_free_memory(io::this_machine()), errors);
  return echo;
}

}  // namespace millrace::echo
