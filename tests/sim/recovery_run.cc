#include "sim/recovery_run.h"

#include <algorithm>

#include "base/wide.h"

namespace millrace::sim {
namespace {

constexpr std::uint16_t kPort = 80;
/// Longer than any cell's trouble: what is not done by then hangs.
constexpr Duration kPatience = hours{1};

HostOptions host_options(std::uint32_t number, std::uint32_t flows, std::uint64_t seed) {
  HostOptions host;
  host.address = 0x0a000000 + number;
  host.seed = seed * 2 + number;
  host.start = time_from_ns(1'000'000'000);
  host.data_packets = flows > 4 ? 8191 : 4095;
  host.offloads = true;
  host.pool_buffers = true;
  return host;
}

/// Room for what the way and the queue hold, more than twice, and no more than the pool has. Nagle's algorithm would
/// hold the last bytes of a short transfer until a delayed ACK comes, whatever recovery does.
tcp::UserOptions user_options(const RecoveryCell& cell, std::uint32_t flows) {
  tcp::UserOptions options;
  options.receive_buffer = options.send_buffer = flows > 4 ? 512 * 1024 : 1024 * 1024;
  options.no_delay = true;
  options.congestion_control = cell.algorithm->id;
  options.ecn = cell.algorithm->ecn;
  return options;
}

}  // namespace

RecoveryBed::RecoveryBed(const RecoveryCell& cell, std::uint32_t flows, std::uint64_t seed,
                         std::uint32_t receive_buffer)
    : world(host_options(1, flows, seed), host_options(2, flows, seed), cell.calm().data_link(), cell.calm().ack_link(),
            seed),
      watch(world.a_to_b, world.b_to_a, cell.distance.round_trip),
      cell_(cell),
      options_(user_options(cell, flows)) {
  if (receive_buffer > 0) options_.receive_buffer = receive_buffer;
  world.a.set_app(&sender);
  world.b.set_app(&receiver);
  api::ListenOptions listen;
  static_cast<tcp::UserOptions&>(listen) = options_;
  (void)world.b.api().listen({world.b.address(), kPort}, listen);
  for (std::uint32_t i = 0; i < flows; ++i) ports.push_back(open());
}

std::uint16_t RecoveryBed::open() {
  api::ConnectOptions connect;
  static_cast<tcp::UserOptions&>(connect) = options_;
  const auto opened = world.a.api().connect({world.b.address(), kPort}, connect);
  if (!opened) return 0;
  const std::uint16_t port = opened.value().info().local.port;
  sender.add(opened.value(), 0);
  (void)world.run_until([&] { return sender.connected_at(port) && receiver.knows(port); }, kPatience);
  return port;
}

void RecoveryBed::set_links(const RecoveryCell& cell) {
  world.a_to_b.set_profile(cell.data_link());
  world.b_to_a.set_profile(cell.ack_link());
}

void RecoveryBed::drop(std::uint16_t port) {
  sender.drop(port);
  receiver.drop(port);
  world.run_for(cell_.distance.round_trip);
}

std::uint64_t RecoveryBed::timeouts() { return world.a.shard().tcp_counters().timeouts.get(); }

std::string RecoveryBed::error() const {
  for (const std::string& error : {sender.error(), receiver.error()})
    if (!error.empty()) return error;
  return {};
}

void BulkResult::add(const BulkResult& other) {
  bytes.insert(bytes.end(), other.bytes.begin(), other.bytes.end());
  timeouts += other.timeouts;
  segments.add(other.segments);
  repairs.insert(repairs.end(), other.repairs.begin(), other.repairs.end());
  if (error.empty()) error = other.error;
}

std::uint64_t BulkResult::goodput() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t flow : bytes) sum += flow;
  return sum * 8 * 1'000'000 / static_cast<std::uint64_t>(to_us(measured));
}

std::uint64_t BulkResult::fairness() const {
  base::Uint128 sum = 0, squares = 0;
  for (const std::uint64_t flow : bytes) {
    sum += flow;
    squares += base::Uint128{flow} * flow;
  }
  return squares == 0 ? 0 : static_cast<std::uint64_t>(sum * sum * 1000 / (bytes.size() * squares));
}

BulkResult run_bulk(const RecoveryCell& cell, std::uint32_t flows, Duration span, Duration measured,
                    std::uint64_t seed) {
  RecoveryBed bed(cell, flows, seed);
  base::Random random(seed);
  bed.set_links(cell);
  const Time end = bed.world.now() + span;
  for (const std::uint16_t port : bed.ports) {
    bed.sender.send_more(port, BulkSender::kEndless);
    bed.world.run_for(Duration{static_cast<std::int64_t>(
        random.below(static_cast<std::uint64_t>(to_ns(cell.distance.round_trip)) * 10 / flows))});
  }
  bed.world.run_for(end - measured - bed.world.now());
  BulkResult result;
  for (const std::uint16_t port : bed.ports) result.bytes.push_back(bed.receiver.received(port));
  bed.world.run_for(end - bed.world.now());
  for (std::size_t i = 0; i < bed.ports.size(); ++i)
    result.bytes[i] = bed.receiver.received(bed.ports[i]) - result.bytes[i];
  result.measured = measured;
  result.timeouts = bed.timeouts();
  result.segments = bed.watch.counters();
  result.repairs = bed.watch.repairs();
  result.error = bed.error();
  return result;
}

Duration ShortResult::percentile(std::uint32_t percent) const {
  return took.empty() ? Duration{0} : took[(took.size() - 1) * percent / 100];
}

ShortResult run_short(const RecoveryCell& cell, std::uint64_t bytes, std::uint32_t transfers, std::uint64_t seed) {
  RecoveryBed bed(cell, 0, seed);
  ShortResult result;
  for (std::uint32_t i = 0; i < transfers && result.error.empty(); ++i) {
    const std::uint16_t port = bed.open();
    bed.set_links(cell);
    const Time start = bed.world.now();
    bed.sender.send_more(port, bytes);
    if (!bed.world.run_until([&] { return bed.receiver.received(port) == bytes; }, kPatience))
      result.error = "a short transfer hangs";
    result.took.push_back(bed.receiver.last_at(port) - start);
    bed.set_links(cell.calm());
    bed.drop(port);
  }
  result.timeouts = bed.timeouts();
  if (result.error.empty()) result.error = bed.error();
  std::sort(result.took.begin(), result.took.end());
  return result;
}

}  // namespace millrace::sim
