#include "sim/direct_net.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ip/steer.h"

namespace millrace::sim {
namespace {

constexpr std::size_t kBurst = 64;
constexpr Duration kShortestStep{1 << timer::kTickShift};

std::string direct_pool_name(const char* kind) {
  static int number = 0;
  return fmt::format("direct-{}-{}", kind, number++);
}

ip::IpConfig direct_ip_config(Family family, const std::vector<std::uint32_t>& hosts) {
  const std::uint8_t prefix_length = family == Family::V4 ? 24 : 64;
  std::vector<ip::LocalAddress> list;
  for (const std::uint32_t host : hosts) list.push_back({address_of(family, host), prefix_length, 0});
  const wire::MacAddress mac = mac_of(list.front().ip);
  ip::LocalAddresses addresses{std::move(list)};
  ip::RouteTable routes{addresses};
  return {{ip::PortInfo{mac, 1500, 0, false, false}}, addresses, routes};
}

}  // namespace

void DirectNet::Relay::request(const ip::NeighborRequest& request) noexcept {
  machine.workers[0]->shard->resolve(request);
}

void DirectNet::Relay::publish(const ip::NeighborUpdate& update) noexcept {
  for (std::size_t i = 1; i < machine.workers.size(); ++i) machine.workers[i]->shard->apply(update);
}

DirectNet::DirectNet(const DirectOptions& options)
    : family_(options.family),
      delay_(options.delay),
      loss_(options.loss),
      random_(options.seed),
      data_({direct_pool_name("data"), 32767, 2048, 0}),
      control_({direct_pool_name("control"), 16383, 256, 0}),
      now_(time_from_ns(1'000'000'000'000)),
      machines_{make_machine(options, 0), make_machine(options, 1)} {
  step();
}

DirectNet::~DirectNet() {
  for (auto& machine : machines_)
    for (const InFlight& frame : machine->arriving) frame.packet->free();
}

std::unique_ptr<DirectNet::Machine> DirectNet::make_machine(const DirectOptions& options, std::size_t number) {
  const std::uint16_t workers = number == 0 ? options.workers : std::uint16_t{1};
  const std::vector<std::uint32_t> hosts = number == 0 ? options.addresses : std::vector<std::uint32_t>{kServer};
  auto machine = std::make_unique<Machine>(Machine{direct_ip_config(family_, hosts), flow::OwnerMap{workers}, {}, {}});
  for (std::uint16_t i = 0; i < workers; ++i) {
    stack::ShardConfig config;
    config.worker = i;
    config.tcp = options.tcp;
    config.tcp.isn_secret = {options.seed + number, 7};
    config.limits = options.limits;
    config.table_secret = {options.seed, 3 + number};
    config.random_seed = options.seed * 100 + number * 10 + i;
    config.ephemeral_ports = options.ports;
    auto worker = std::make_unique<Worker>();
    worker->relay = std::make_unique<Relay>(*machine);
    worker->shard = std::make_unique<stack::Shard>(
        config, stack::ShardResources{machine->ip, machine->owners, data_, control_}, now_);
    if (workers > 1) worker->shard->set_relay(worker->relay.get());
    machine->workers.push_back(std::move(worker));
  }
  return machine;
}

/// Frames that have arrived go to their owners, a burst for each at most.
bool DirectNet::deliver(Machine& machine) {
  std::size_t moved = 0;
  for (; moved < kBurst && !machine.arriving.empty() && machine.arriving.front().at <= now_; ++moved) {
    pkt::Packet* packet = machine.arriving.front().packet;
    machine.arriving.pop_front();
    const std::uint16_t owner = ip::owner_of_frame(packet->bytes(), machine.owners, 0);
    machine.workers[owner]->burst.push_back(packet);
  }
  return moved > 0;
}

bool DirectNet::turn(Machine& machine, Worker& worker, Machine& peer, const OnEvent& on_event) {
  stack::Shard& shard = *worker.shard;
  shard.begin(now_);
  const bool received = !worker.burst.empty();
  if (received) shard.receive(worker.burst);
  worker.burst.clear();
  shard.run_timers();
  const auto events = shard.take_events();
  for (const tcp::Event& event : events)
    if (on_event) on_event(api::Shard{shard}, event);
  const bool told = !events.empty();
  shard.events_done();
  const auto frames = shard.collect_output();
  for (pkt::Packet* packet : frames) carry(*packet, peer);
  const bool sent = !frames.empty();
  shard.sent(frames.size());
  (void)machine;
  return received || told || sent;
}

/// A copy arrives: the sender may keep its buffer for a retransmission.
void DirectNet::carry(pkt::Packet& packet, Machine& to) {
  ++sent_;
  pkt::Packet* copy = random_.chance(loss_) ? nullptr : data_.alloc();
  if (copy == nullptr) ++lost_;
  for (const pkt::Packet* part = &packet; part != nullptr && copy != nullptr; part = part->next_segment())
    std::memcpy(copy->append(part->length()), part->data(), part->length());
  packet.free();
  if (copy != nullptr) to.arriving.push_back({now_ + delay_, copy});
}

std::optional<Time> DirectNet::next_deadline() const {
  std::optional<Time> next;
  const auto consider = [&next](std::optional<Time> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const auto& machine : machines_) {
    if (!machine->arriving.empty()) consider(machine->arriving.front().at);
    for (const auto& worker : machine->workers) consider(worker->shard->next_deadline());
  }
  return next;
}

void DirectNet::step(Duration limit) {
  bool busy = false;
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    busy |= deliver(*machines_[i]);
    for (auto& worker : machines_[i]->workers) busy |= turn(*machines_[i], *worker, *machines_[1 - i], on_event[i]);
  }
  // One worker's turn may give another one work: neighbor news.
  for (const auto& machine : machines_)
    for (const auto& worker : machine->workers) busy |= worker->shard->has_work();
  if (busy) return;
  const Time latest = now_ + limit;
  const Time next = std::min(next_deadline().value_or(latest), latest);
  now_ = std::max(next, now_ + kShortestStep);
}

void DirectNet::run(Duration span) {
  const Time end = now_ + span;
  while (now_ < end) step(end - now_);
}

std::string DirectNet::leftovers() {
  std::string wrong;
  const auto expect = [&wrong](std::string what, std::uint64_t is, std::uint64_t should = 0) {
    if (is != should) wrong += fmt::format("{}: {} instead of {}; ", what, is, should);
  };
  for (const auto& machine : machines_) {
    expect("frames on the way", machine->arriving.size());
    for (const auto& worker : machine->workers) {
      const stack::Shard& shard = *worker->shard;
      expect("connections", shard.table().tcbs.used());
      expect("half-open", shard.table().half_opens.used());
      expect("time-waits", shard.table().time_waits.used());
      expect("flows", shard.table().flows.size());
      expect("timers", shard.timers_pending());
      expect("source ports", shard.port_counters().taken.get());
      expect("destinations", shard.port_counters().destinations.get());
      expect("port maps", shard.port_counters().maps.get());
    }
  }
  expect("data packets free", data_.available(), data_.size());
  expect("control packets free", control_.available(), control_.size());
  return wrong;
}

}  // namespace millrace::sim
