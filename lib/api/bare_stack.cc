// The parts of a runtime with one worker, on a port that is fed by hand, a clock that stands still and packets on the
// heap.
#include "api/bare_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/random.h"
#include "flow/rss.h"
#include "io/bare_port.h"
#include "ip/ip_config.h"
#include "pkt/packet_pool.h"
#include "stack/inbox.h"
#include "stack/manual_clock.h"
#include "stack/memory_plan.h"
#include "stack/runtime_ports.h"
#include "stack/settings_check.h"
#include "stack/shard.h"
#include "stack/tcp_config.h"
#include "stack/worker.h"

namespace millrace::api {
namespace {

constexpr std::uint32_t kLeastPackets = 256;
constexpr std::uint16_t kEthernetHeader = 14;
constexpr std::uint32_t kInbox = 16;

/// The settings of a runtime that would do the same, to be checked and read by the same code.
stack::RuntimeSettings as_runtime(const BareStackSettings& bare) {
  stack::PortSettings port;
  port.name = port.device = "bare";
  port.addresses = bare.addresses;
  port.mac = bare.mac;
  port.mtu = bare.mtu;
  port.dad_transmits = bare.dad_transmits;
  stack::RuntimeSettings settings;
  settings.ports = {port};
  settings.routes = bare.routes;
  settings.connections = bare.connections;
  settings.tcp = bare.tcp;
  return settings;
}

BareStackSettings checked(const BareStackSettings& settings) {
  if (auto fault = stack::find_fault(as_runtime(settings))) throw std::runtime_error(*fault);
  if (settings.packets < kLeastPackets)
    throw std::runtime_error(
        fmt::format("{} packets are too few for a stack; use {} or more", settings.packets, kLeastPackets));
  return settings;
}

ip::IpConfig ip_config(const BareStackSettings& settings) {
  const auto& address = settings.addresses.front().address.bytes;
  io::PortInfo info;
  info.mac = settings.mac.value_or(wire::MacAddress{{0x02, 0, address[12], address[13], address[14], address[15]}});
  info.mtu = settings.mtu;
  return stack::make_ip_config(as_runtime(settings), {&info, 1});
}

stack::ShardConfig shard_config(const BareStackSettings& settings) {
  base::Random random{settings.seed};
  const auto secret = [&random] {
    const std::uint64_t first = random.next();
    return base::SipKey{first, random.next()};
  };
  stack::ShardConfig config;
  const base::SipKey isn_secret = secret();
  config.tcp = stack::tcp_config(settings.tcp, isn_secret, secret());
  config.tcp.max_orphans = settings.orphans;
  config.limits = {.connections = settings.connections,
                   .time_waits = settings.time_waits,
                   .half_open = settings.half_open,
                   .sent_segments = stack::sent_segments_for(settings.packets),
                   .closed_ring = settings.closed_ring};
  config.table_secret = secret();
  config.random_seed = random.next();
  config.ephemeral_ports = settings.tcp.port_range;
  return config;
}

pkt::PoolConfig pool(const char* name, std::uint32_t packets, std::uint16_t data_size) {
  return {.name = name, .packets = packets, .data_size = data_size, .memory = pkt::PoolMemory::Heap};
}

}  // namespace

struct BareStack::Parts {
  Parts(const BareStackSettings& settings, AppRef the_app)
      : data(pool("bare_data", settings.packets, 2048)),
        control(pool("bare_control", settings.packets, 256)),
        port(data, std::uint32_t{settings.mtu} + kEthernetHeader),
        ip(ip_config(settings)),
        clock(settings.start),
        app(the_app.hook()),
        shard(shard_config(settings), {ip, owners, data, control}, settings.start),
        worker(shard, port, clock, app, inbox) {
    shard.announce(settings.start);
  }

  [[nodiscard]] bool has_work() const noexcept { return port.rx_waits() || worker.has_work(); }

  pkt::PacketPool data;
  pkt::PacketPool control;
  io::BarePort port;
  ip::IpConfig ip;
  flow::OwnerMap owners{1};
  stack::Inbox inbox{kInbox};
  stack::ManualClock clock;
  const stack::AppHook app;
  stack::Shard shard;
  stack::Worker<io::BarePort, const stack::ManualClock, const stack::AppHook> worker;
};

BareStack::BareStack(const BareStackSettings& settings, AppRef app)
    : parts_(std::make_unique<Parts>(checked(settings), app)) {}
BareStack::BareStack(BareStack&&) noexcept = default;
BareStack& BareStack::operator=(BareStack&&) noexcept = default;
BareStack::~BareStack() = default;

bool BareStack::input(std::span<const std::byte> frame) { return parts_->port.push(frame); }

bool BareStack::advance(Time now) {
  Parts& p = *parts_;
  p.clock.advance(std::max(now, p.clock.now()) - p.clock.now());
  (void)p.worker.poll_once();
  if (p.port.tx_full()) return false;
  const std::optional<Time> deadline = p.worker.next_deadline();
  return p.has_work() || (deadline && *deadline <= p.clock.now());
}

std::optional<Time> BareStack::next_deadline() const noexcept {
  const Parts& p = *parts_;
  if (p.has_work()) return p.clock.now();
  const std::optional<Time> deadline = p.worker.next_deadline();
  if (!deadline) return std::nullopt;
  return std::max(*deadline, p.clock.now());
}

Time BareStack::now() const noexcept { return parts_->clock.now(); }
Shard BareStack::shard() noexcept { return Shard{parts_->shard}; }
std::uint32_t BareStack::free_packets() const noexcept { return parts_->data.available(); }
std::uint64_t BareStack::lost() const noexcept {
  const io::BarePortCounters& count = parts_->port.count();
  return count.rx_no_buffer + count.rx_full + count.rx_refused;
}
std::span<const std::byte> BareStack::front() { return parts_->port.front(); }
void BareStack::pop() noexcept { parts_->port.pop(); }

}  // namespace millrace::api
