#include "tested_stack.h"

#include "base/check.h"
#include "crowd.h"
#include "stack/tcp_config.h"

namespace millrace::bench {
namespace {

constexpr Time kStart = time_from_ns(1'000'000'000'000);
constexpr std::uint32_t kPackets = 16'384;
constexpr std::uint16_t kMtu = 1500;

ip::IpConfig ip_config() {
  ip::LocalAddresses addresses{{{wire::IpAddress::v4(TestedStack::kAddress), 24, 0}}};
  ip::RouteTable routes{addresses};
  MILLRACE_CHECK(routes.add({wire::IpAddress::v4(0), 0}, wire::IpAddress::v4(TestedStack::kRouter)));
  return {{ip::PortInfo{.mac = Crowd::kStackMac, .mtu = kMtu}}, addresses, routes};
}

stack::ShardConfig shard_config(const tcp::TableLimits& limits) {
  stack::ShardConfig config;
  config.tcp = stack::tcp_config({}, {1, 2}, {3, 4});
  config.limits = limits;
  config.table_secret = {5, 6};
  return config;
}

pkt::PoolConfig pool(const char* name, std::uint16_t data_size) {
  return {.name = name, .packets = kPackets, .data_size = data_size, .memory = pkt::PoolMemory::Heap};
}

template <class T>
std::uint64_t touched(const base::Slab<T>& slab) {
  return std::uint64_t{slab.touched()} * slab.stride();
}

}  // namespace

TestedStack::TestedStack(const tcp::TableLimits& limits, api::AppRef app)
    : data_(pool("mem_data", 2048)),
      control_(pool("mem_control", 256)),
      port_(data_, kMtu + 14),
      ip_(ip_config()),
      clock_(kStart),
      app_(app.hook()),
      shard_(shard_config(limits), {ip_, owners_, data_, control_}, kStart),
      worker_(shard_, port_, clock_, app_, inbox_) {}

void TestedStack::work() {
  do {
    clock_.advance(microseconds{1});
    (void)worker_.poll_once();
  } while (port_.rx_waits() || (worker_.has_work() && !port_.tx_full()));
}

std::uint64_t TestedStack::table_bytes() {
  const tcp::ConnectionTable& table = shard_.table();
  return touched(table.tcbs) + touched(table.time_waits) + touched(table.half_opens) + touched(table.rare_parts) +
         touched(table.sent_segments) + touched(table.senders) + touched(table.accecns) + table.flows.memory_bytes() +
         table.ports.memory_bytes() + std::uint64_t{table.tcbs.capacity()} * sizeof(std::uint32_t);  // generations
}

}  // namespace millrace::bench
