// What the program says about itself: its plan (--check), its counters, its line of the second.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/eal.h"
#include "proxy/proxy.h"
#include "proxy_config.h"
#include "stack/memory_plan.h"

namespace millrace::config {

/// What would be done with this configuration: DPDK's arguments, memory, ports, routes, listeners, upstreams, limits.
[[nodiscard]] std::string describe_plan(const ProxyConfig& config, const stack::FreeMemory& free,
                                        const io::Machine& machine);

using Proxies = std::vector<std::unique_ptr<proxy::Proxy>>;
using VisitCounter = std::function<void(std::string_view name, std::uint64_t value)>;

/// The proxies' counters, summed: "proxy_accepted".
void visit_counters(const Proxies& proxies, const VisitCounter& visit);

/// A row per server of each upstream, summed over the proxies; the rows' words are the columns'. Of an
/// upstream's name what is not ASCII or not printable, quotes and backslashes are '_'.
inline constexpr std::string_view kUpstreamColumns =
    "server upstream workers healthy_workers active connections failures checks_good checks_failed";
[[nodiscard]] std::vector<std::string> upstream_rows(const Proxies& proxies);

/// Sums that the line of the second is made of.
struct Totals {
  std::uint64_t accepted = 0;
  std::uint64_t active = 0;
  std::uint64_t refused = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t bytes = 0;
};
[[nodiscard]] Totals totals_of(const Proxies& proxies);
/// "active 12  +340/s  1.2 Gbit/s  refused 0  connect failures 0"; the totals are one second apart.
[[nodiscard]] std::string summary_line(const Totals& before, const Totals& now);

}  // namespace millrace::config
