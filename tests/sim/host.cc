#include "sim/host.h"

#include <fmt/format.h>

#include <numeric>

#include "base/check.h"

namespace millrace::sim {
namespace {

std::string pool_name(const char* kind) {
  static int number = 0;
  return fmt::format("sim-{}-{}", kind, number++);
}

ip::IpConfig ip_config(const HostOptions& options) {
  const std::uint8_t prefix_length = options.family == Family::V4 ? 24 : 64;
  std::vector<ip::LocalAddress> own{{address_of(options.family, options.address), prefix_length, 0}};
  for (const std::uint32_t more : options.more_addresses)
    own.push_back({address_of(options.family, more), prefix_length, 0});
  const wire::MacAddress mac = options.mac.value_or(mac_of(own.front().ip));
  ip::LocalAddresses addresses{std::move(own)};
  ip::PortInfo port{mac, options.mtu, 0, options.offloads, options.offloads, options.dad_transmits};
  ip::RouteTable routes{addresses};
  const wire::IpAddress any = options.family == Family::V4 ? wire::IpAddress::v4(0) : wire::IpAddress{};
  if (options.gateway != 0) MILLRACE_CHECK(routes.add({any, 0}, address_of(options.family, options.gateway)));
  return {{port}, addresses, routes};
}

io::MemPortConfig port_config(const HostOptions& options) {
  io::MemPortConfig config;
  config.rx_segment = options.rx_segment;
  config.rx_pool_buffers = options.pool_buffers;
  config.offloads.tx_ipv4_checksum = config.offloads.tx_tcp_checksum = options.offloads;
  return config;
}

stack::ShardConfig shard_config(const HostOptions& options) {
  stack::ShardConfig config;
  config.tcp = options.tcp;
  config.tcp.isn_secret = {options.seed, options.seed ^ 0x9e3779b97f4a7c15};
  config.limits = options.limits;
  config.table_secret = {options.seed * 3, options.seed * 5};
  config.random_seed = options.seed;
  config.ephemeral_ports = options.ports;
  return config;
}

std::uint64_t sum_of_outcomes(const tcp::TcpCounters& counters) {
  return std::accumulate(counters.outcome.begin(), counters.outcome.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const base::Counter& c) { return sum + c.get(); });
}

std::uint64_t ends_of_connections(const tcp::TcpCounters& counters) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < tcp::kCloseRules; ++i)
    if (!tcp::is_half_open(static_cast<tcp::CloseRule>(i))) sum += counters.closed[i].get();
  return sum;
}

}  // namespace

Host::Host(const HostOptions& options, stack::ManualClock& clock)
    : options_(options),
      data_({pool_name("data"), options.data_packets, 2048, 0}),
      control_({pool_name("control"), options.control_packets, 512, 0}),
      port_(data_, port_config(options)),
      ip_(ip_config(options)),
      shard_(shard_config(options), {ip_, owners_, data_, control_}, clock.now()),
      worker_(shard_, port_, clock, caller_, inbox_) {
  port_.set_lazy_completion(options.lazy_completion);
}

Host::~Host() { port_.complete(); }

std::string Host::leftovers() {
  port_.complete();
  std::string wrong;
  const auto expect = [&wrong](std::string_view what, std::uint64_t is, std::uint64_t should) {
    if (is != should) wrong += fmt::format("{}: {} instead of {}; ", what, is, should);
  };
  expect("connections", shard_.table().tcbs.used(), 0);
  expect("half-open", shard_.table().half_opens.used(), 0);
  expect("time-waits", shard_.table().time_waits.used(), 0);
  expect("rare parts", shard_.table().rare_parts.used(), 0);
  expect("paced connections", shard_.env().departures.paced(), 0);
  expect("counters of accurate ECN", shard_.table().accecns.used(), 0);
  expect("flows", shard_.table().flows.size(), 0);
  expect("timers", shard_.timers_pending(), 0);
  expect("source ports", shard_.port_counters().taken.get(), 0);
  expect("destinations of source ports", shard_.port_counters().destinations.get(), 0);
  expect("established gauge", shard_.tcp_counters().established.get(), 0);
  expect("orphans gauge", shard_.tcp_counters().orphans.get(), 0);
  expect("receive memory", shard_.tcp_counters().receive_memory.get(), 0);
  expect("receive memory granted", shard_.tcp_counters().receive_granted.get(), 0);
  expect("send memory", shard_.tcp_counters().send_memory.get(), 0);
  expect("data packets free", data_.available(), data_.size());
  expect("control packets free", control_.available(), control_.size());
  const ip::IpCounters& ip = shard_.ip_counters();
  expect("segments with an outcome", sum_of_outcomes(shard_.tcp_counters()), ip.tcp_segments.get());
  expect("frames with an outcome",
         ip.tcp_segments.get() + ip.icmp_errors.get() + ip.arp_packets.get() + ip.ndp_messages.get() +
             ip.echoes_answered.get() + ip.dropped_on_receive(),
         ip.received.get());
  expect("ends of connections", ends_of_connections(shard_.tcp_counters()),
         shard_.tcp_counters().active_opens.get() + shard_.tcp_counters().passive_opens.get());
  expect("frames offered", ip.listed.get() + ip.parked.get() + ip.dropped_on_transmit(), ip.offered.get());
  return wrong;
}

}  // namespace millrace::sim
