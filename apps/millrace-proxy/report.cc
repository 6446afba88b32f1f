#include "report.h"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "eal_check.h"
#include "values.h"

namespace millrace::config {
namespace {

using Out = std::back_insert_iterator<std::string>;

void describe_memory(const ProxyConfig& config, const stack::FreeMemory& free, const io::Machine& machine, Out out) {
  const stack::RuntimeSettings& s = config.runtime.settings;
  const stack::MemoryPlan plan = stack::plan_memory(s);
  const bool huge = stack::use_hugepages(s.hugepages, plan, free);
  fmt::format_to(out, "workers     {}\n", s.workers);
  fmt::format_to(out, "{}", describe_eal(s, machine));
  fmt::format_to(out, "packets     {} data, {} control: {} of {}\n", plan.data_packets, plan.control_packets,
                 format_mebibytes(plan.pool_bytes), huge ? "hugepages" : "ordinary memory");
  fmt::format_to(out, "tables      {} for {} connections, {} in TIME-WAIT, {} half-open\n",
                 format_mebibytes(plan.table_bytes), s.connections, s.time_waits, s.half_open);
}

void describe_network(const stack::RuntimeSettings& s, Out out) {
  for (const stack::PortSettings& port : s.ports) {
    fmt::format_to(out, "port        {}: {} mtu {} queues {}", port.name, port.device, port.mtu, port.queues);
    if (port.vlan != 0) fmt::format_to(out, " vlan {}", port.vlan);
    if (port.mac) fmt::format_to(out, " mac {}", port.mac->to_string());
    for (const wire::IpPrefix& address : port.addresses) fmt::format_to(out, " {}", address.to_string());
    if (!port.capture.empty()) fmt::format_to(out, " capture {}", port.capture);
    fmt::format_to(out, "\n");
  }
  for (const stack::RouteSettings& route : s.routes)
    fmt::format_to(out, "route       {} via {}\n", route.to.to_string(), route.via.to_string());
}

void describe_proxy(const proxy::ProxySettings& s, Out out) {
  for (const proxy::ListenerSettings& listener : s.listeners)
    fmt::format_to(out, "listener    {} -> {}\n", format_endpoint(listener.address),
                   s.upstreams[listener.upstream].name);
  for (const proxy::UpstreamSettings& upstream : s.upstreams) {
    fmt::format_to(out, "upstream    {}:", upstream.name);
    for (const api::Endpoint& server : upstream.servers) fmt::format_to(out, " {}", format_endpoint(server));
    for (std::size_t i = 0; i < upstream.sources.size(); ++i)
      fmt::format_to(out, "{} {}", i == 0 ? ", from" : " or", upstream.sources[i].to_string());
    fmt::format_to(out, ", connect {}", format_duration(upstream.connect_timeout));
    if (upstream.health_interval > Duration{0})
      fmt::format_to(out, ", check every {} within {}, fall {}, rise {}\n", format_duration(upstream.health_interval),
                     format_duration(upstream.health_timeout), upstream.fall, upstream.rise);
    else
      fmt::format_to(out, ", no checks\n");
  }
  fmt::format_to(out, "limits      {} client connections, idle {}, drain {}\n", s.connections,
                 s.idle > Duration{0} ? format_duration(s.idle) : "never", format_duration(s.drain));
}

/// Sums under names, in the order in which the names first came.
class Sums {
 public:
  void add(std::string name, std::uint64_t value) {
    const auto [entry, fresh] = places_.emplace(std::move(name), list_.size());
    if (fresh) list_.emplace_back(&entry->first, 0);
    list_[entry->second].second += value;
  }
  void visit(const VisitCounter& visit) const {
    for (const auto& [name, value] : list_) visit(*name, value);
  }

 private:
  std::map<std::string, std::size_t> places_;
  std::vector<std::pair<const std::string*, std::uint64_t>> list_;
};

std::string word_of(const std::string& name) {
  std::string word = name;
  for (char& c : word)
    if (c <= ' ' || c > '~' || c == '"' || c == '\\') c = '_';
  return word.empty() ? "_" : word;
}

/// The same server as each proxy knows it.
std::string server_row(const Proxies& proxies, std::size_t group, std::size_t server) {
  const auto sum = [&](const base::Counter proxy::Server::*counter) {
    std::uint64_t total = 0;
    for (const auto& one : proxies) total += (one->upstreams()[group].servers()[server].*counter).get();
    return total;
  };
  const proxy::UpstreamGroup& upstream = proxies.front()->upstreams()[group];
  return fmt::format("{} {} {} {} {} {} {} {} {}", format_endpoint(upstream.servers()[server].address),
                     word_of(upstream.settings().name), proxies.size(), sum(&proxy::Server::healthy),
                     sum(&proxy::Server::active), sum(&proxy::Server::connections), sum(&proxy::Server::failures),
                     sum(&proxy::Server::checks_good), sum(&proxy::Server::checks_failed));
}

std::string format_rate(std::uint64_t bytes_per_second) {
  const double bits = 8.0 * static_cast<double>(bytes_per_second);
  if (bits >= 1e9) return fmt::format("{:.2f} Gbit/s", bits / 1e9);
  if (bits >= 1e6) return fmt::format("{:.1f} Mbit/s", bits / 1e6);
  return fmt::format("{:.1f} kbit/s", bits / 1e3);
}

}  // namespace

std::string describe_plan(const ProxyConfig& config, const stack::FreeMemory& free, const io::Machine& machine) {
  std::string text;
  describe_memory(config, free, machine, std::back_inserter(text));
  describe_network(config.runtime.settings, std::back_inserter(text));
  describe_proxy(config.proxy, std::back_inserter(text));
  return text;
}

void visit_counters(const Proxies& proxies, const VisitCounter& visit) {
  Sums sums;
  for (const auto& one : proxies) {
    one->counters().for_each(
        [&](std::string_view name, std::uint64_t value) { sums.add(fmt::format("proxy_{}", name), value); });
  }
  sums.visit(visit);
}

std::vector<std::string> upstream_rows(const Proxies& proxies) {
  std::vector<std::string> rows;
  const std::size_t groups = proxies.front()->upstreams().size();
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t servers = proxies.front()->upstreams()[group].servers().size();
    for (std::size_t server = 0; server < servers; ++server) rows.push_back(server_row(proxies, group, server));
  }
  return rows;
}

Totals totals_of(const Proxies& proxies) {
  Totals sum;
  for (const auto& one : proxies) {
    const proxy::ProxyCounters& c = one->counters();
    sum.accepted += c.accepted.get();
    sum.active += c.active.get();
    sum.refused += c.refused.get();
    sum.connect_failures += c.connect_failures.get();
    sum.bytes += c.bytes_to_upstream.get() + c.bytes_to_client.get();
  }
  return sum;
}

std::string summary_line(const Totals& before, const Totals& now) {
  return fmt::format("active {}  +{}/s  {}  refused {}  connect failures {}", now.active,
                     now.accepted - before.accepted, format_rate(now.bytes - before.bytes), now.refused,
                     now.connect_failures);
}

}  // namespace millrace::config
