#include "stack/shard.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/icmp.h"
#include "tcp/listen.h"
#include "tcp/output.h"
#include "tcp/segment_arrives.h"
#include "tcp/timers.h"
#include "tcp/user_calls.h"

namespace millrace::stack {
namespace {

constexpr std::size_t kTxList = 2048;
constexpr std::size_t kEventsPerTurn = 1024;
constexpr std::size_t kSegmentsPerTurn = 512;
/// The pool is asked how full it is once in so many turns, because DPDK counts by a scan over cores; and when a 32nd of
/// it may have been taken since, because the last eighth must not go unseen.
constexpr std::uint32_t kPressureInterval = 32;
constexpr std::uint32_t kPressureShare = 32;

tcp::IcmpError severity(ip::IcmpKind kind) noexcept {
  const bool hard = kind == ip::IcmpKind::ProtocolUnreachable || kind == ip::IcmpKind::PortUnreachable;
  return hard ? tcp::IcmpError::Hard : tcp::IcmpError::Soft;
}

}  // namespace

Shard::Shard(const ShardConfig& config, const ShardResources& resources, Time start)
    : config_(config),
      resources_(resources),
      random_(config.random_seed),
      wheel_(start),
      table_(config.limits, config.table_secret, wheel_),
      reassemblies_(config.reassemblies),
      time_wait_ages_(table_.time_waits),
      ready_(table_.tcbs),
      events_(table_.tcbs),
      out_(kSegmentsPerTurn),
      batch_(config.worker, kEventsPerTurn),
      tx_(kTxList),
      neighbors_({}, config.table_secret, tx_, ip_counters_),
      egress_(resources.ip, neighbors_, ip_counters_),
      ingress_(resources.ip, egress_, ip_counters_) {
  env_ = std::make_unique<tcp::Env>(tcp::Env{
      start, config_.tcp, wheel_, table_, listeners_, time_wait_ages_, reassemblies_, ready_, events_, out_,
      resources_.control, resources_.data, tcp_counters_, challenge_limit_, random_, config_.mtu, tcp::Pressure::None});
  if (config_.worker == 0) {
    resolver_ = std::make_unique<ip::ArpResolver>(resources_.ip, ip::ArpLimits{}, config_.table_secret,
                                                  resources_.control, tx_, ip_counters_);
  }
}

Shard::~Shard() {
  // Connections still open give their packets back; the peers learn nothing from a process that ends without drain.
  for (tcp::OutSegment& segment : out_.segments()) segment.packet->free();
  for (std::uint32_t i = 0; i < table_.tcbs.touched(); ++i) {
    if ((table_.generation(i) & 1) == 0) continue;
    tcp::Tcb& tcb = table_.tcbs[i];
    tcp::drop_reassembly(tcb, *env_);
    table_.release(tcb);
  }
}

void Shard::begin(Time now) noexcept {
  env_->now = now;
  if (turns_++ % kPressureInterval == 0) measure_pressure();
}

/// RX buffers and payload share the data pool. Below a quarter windows stop growing, below an eighth new SYNs are
/// and text for stalled readers are refused: connections that exist, and are read, go first.
void Shard::measure_pressure() noexcept {
  received_unmeasured_ = 0;
  const std::uint32_t free_packets = resources_.data.available();
  const std::uint32_t all = resources_.data.size();
  env_->pressure = free_packets < all / 8   ? tcp::Pressure::Syns
                   : free_packets < all / 4 ? tcp::Pressure::Windows
                                            : tcp::Pressure::None;
}

void Shard::receive(std::span<pkt::Packet*> burst) noexcept {
  received_unmeasured_ += static_cast<std::uint32_t>(burst.size());
  if (received_unmeasured_ >= resources_.data.size() / kPressureShare) measure_pressure();
  ingress_.receive(burst, env_->now);
  demux(ingress_.segments());
  for (const ip::IcmpError& error : ingress_.icmp_errors()) take_icmp(error);
  for (const ip::ArpArrival& arp : ingress_.arp_arrivals())
    if (resolver_) resolver_->receive(arp.port, arp.packet, env_->now);
}

/// Looks all flows up first, then processes. A lookup is repeated when an earlier segment of the burst has changed the
/// table.
void Shard::demux(std::span<tcp::Segment> segments) noexcept {
  constexpr std::size_t kMost = 64;
  std::array<flow::FlowKey, kMost> keys;
  std::array<flow::FlowRef, kMost> refs;
  for (std::size_t start = 0; start < segments.size(); start += kMost) {
    const auto part = segments.subspan(start, std::min(kMost, segments.size() - start));
    for (std::size_t i = 0; i < part.size(); ++i) keys[i] = part[i].key;
    table_.flows.find_burst({keys.data(), part.size()}, {refs.data(), part.size()});
    const std::uint64_t version = table_.flows.version();
    for (std::size_t i = 0; i < part.size(); ++i) {
      tcp::Segment& seg = part[i];
      const flow::FlowRef ref = table_.flows.version() == version ? refs[i] : table_.flows.find(seg.key);
      const tcp::Outcome outcome = arrive(seg, ref);
      ++tcp_counters_.outcome[static_cast<std::size_t>(outcome)];
      if (seg.packet != nullptr) seg.packet->free();
      seg.packet = nullptr;
    }
  }
}

tcp::Outcome Shard::arrive(tcp::Segment& seg, flow::FlowRef ref) noexcept {
  if (ref == flow::kNoFlow) return arrive_unknown(seg);
  const std::uint32_t index = tcp::index_of(ref);
  switch (tcp::kind_of(ref)) {
    case tcp::kKindHalfOpen:
      return tcp::half_open_arrives(index, seg, *env_);
    case tcp::kKindTimeWait: {
      const tcp::Outcome outcome = tcp::time_wait_arrives(index, seg, *env_);
      return outcome == tcp::Outcome::Count ? arrive_unknown(seg) : outcome;
    }
    default:
      return tcp::segment_arrives(table_.tcbs[index], seg, *env_);
  }
}

tcp::Outcome Shard::arrive_unknown(tcp::Segment& seg) noexcept {
  const std::uint16_t listener = listeners_.find(seg.key.local_index, seg.key.local_port);
  if (listener == tcp::kNoListener) return tcp::closed_arrives(seg, *env_);
  return tcp::listen_arrives(listener, seg, *env_);
}

void Shard::take_icmp(const ip::IcmpError& error) noexcept {
  const flow::FlowRef ref = table_.flows.find(error.key);
  if (ref == flow::kNoFlow || tcp::kind_of(ref) != tcp::kKindTcb) return;
  tcp::icmp_arrives(table_.tcbs[tcp::index_of(ref)], severity(error.kind), error.seq, *env_);
}

void Shard::run_timers() noexcept {
  wheel_.advance(env_->now, kTimersPerTurn, [this](timer::TimerId id) {
    switch (id.kind()) {
      case tcp::kKindTcb:
        tcp::on_timer(table_.tcbs[id.index()], *env_);
        break;
      case tcp::kKindTimeWait:
        tcp::end_time_wait(id.index(), *env_);
        break;
      default:
        tcp::on_half_open_timer(id.index(), *env_);
        break;
    }
  });
  const auto due = [this](std::optional<Time> deadline) { return deadline && *deadline <= env_->now; };
  if (due(neighbors_.next_deadline())) neighbors_.tick(env_->now);
  if (resolver_ && due(resolver_->next_deadline())) resolver_->tick(env_->now);
}

std::span<const tcp::Event> Shard::take_events() noexcept { return batch_.collect(*env_); }

void Shard::events_done() noexcept { batch_.done(*env_); }

std::span<pkt::Packet*> Shard::collect_output() noexcept {
  // What ports refused comes first; a full list means that they are slow, and connections wait.
  send_segments();
  while (out_.segments().size() < kOutputBurst && out_.room() > 0 && tx_.room() > kOutputBurst) {
    tcp::Tcb* tcb = ready_.pop();
    if (tcb == nullptr) break;
    if (tcp::output(*tcb, *env_)) {
      ready_.push(*tcb);
      break;  // no room or no packets: the rest waits too, in its order
    }
    tcp::release_if_unreferenced(*tcb, *env_);
  }
  send_segments();
  exchange_neighbors();
  return tx_.pending();
}

/// TCP's segments get their IP and Ethernet headers and wait in tx_.
void Shard::send_segments() noexcept {
  for (const tcp::OutSegment& segment : out_.segments())
    egress_.send(segment.packet, wire::IpAddress{segment.remote}, segment.local_index, segment.dscp, 0,
                 config_.tcp.hop_limit, env_->now);
  out_.clear();
}

void Shard::sent(std::size_t n) noexcept { tx_.consume(n); }

std::optional<Time> Shard::next_deadline() const noexcept {
  std::optional<Time> first = wheel_.next_deadline();
  const auto consider = [&first](std::optional<Time> deadline) {
    if (deadline && (!first || *deadline < *first)) first = deadline;
  };
  consider(neighbors_.next_deadline());
  if (resolver_) consider(resolver_->next_deadline());
  return first;
}

bool Shard::has_work() const noexcept {
  return !ready_.empty() || !events_.empty() || tx_.room() < kTxList || out_.room() < kSegmentsPerTurn;
}

void Shard::resolve(const ip::NeighborRequest& request) noexcept {
  if (resolver_) resolver_->request(request, env_->now);
}

void Shard::apply(const ip::NeighborUpdate& update) noexcept { neighbors_.apply(update, env_->now); }

void Shard::announce() noexcept {
  if (resolver_) resolver_->announce();
}

void Shard::exchange_neighbors() noexcept {
  for (const ip::NeighborRequest& request : neighbors_.requests()) {
    if (resolver_) {
      resolver_->request(request, env_->now);
    } else if (relay_ != nullptr) {
      relay_->request(request);
    }
  }
  neighbors_.clear_requests();
  if (!resolver_) return;
  for (const ip::NeighborUpdate& update : resolver_->updates()) {
    neighbors_.apply(update, env_->now);
    if (relay_ != nullptr) relay_->publish(update);
  }
  resolver_->clear_updates();
}

tcp::Tcb* Shard::find(const tcp::ConnectionId& id) noexcept {
  if (id.shard != config_.worker) return nullptr;
  tcp::Tcb* tcb = table_.find(id.index, id.generation);
  return tcb == nullptr || tcb->has(tcp::kOrphan) ? nullptr : tcb;
}

tcp::ConnectionId Shard::id_of(const tcp::Tcb& tcb) const noexcept {
  const std::uint32_t index = table_.tcbs.index_of(tcb);
  return {config_.worker, index, table_.generation(index)};
}

Shard::ConnectResult Shard::connect(const wire::IpAddress& remote, std::uint16_t remote_port,
                                    const wire::IpAddress& local, std::uint16_t local_port,
                                    const tcp::UserOptions& options) noexcept {
  const auto& addresses = resources_.ip.addresses;
  // MUST-46: no OPEN to an address that cannot be a TCP peer.
  if (remote.is_multicast() || remote.is_unspecified() || addresses.is_broadcast(remote) || remote_port == 0)
    return {nullptr, ConnectError::InvalidAddress};
  const auto route = resources_.ip.routes.lookup(remote);
  if (!route) return {nullptr, ConnectError::NoRoute};
  std::uint16_t local_index = route->local_index;  // MUST-44
  if (!local.is_unspecified()) {
    const auto index = addresses.find(local);
    if (!index) return {nullptr, ConnectError::InvalidAddress};
    local_index = *index;
  }
  flow::FlowKey key{remote.bytes, local_index, 0, remote_port, local_port};
  const wire::IpAddress& source = addresses[local_index].ip;
  if (local_port == 0) {
    key.local_port = choose_port(key, source);
    if (key.local_port == 0) return {nullptr, ConnectError::NoPortsLeft};
  } else if (resources_.owners.owner(source, local_port, remote, remote_port) != config_.worker) {
    return {nullptr, ConnectError::NotOurs};
  } else if (!key_is_free(key)) {
    return {nullptr, ConnectError::NoPortsLeft};
  }
  tcp::Tcb* tcb = tcp::open_active(key, options, *env_);
  return {tcb, ConnectError::TableFull};
}

bool Shard::key_is_free(const flow::FlowKey& key) const noexcept {
  return table_.flows.find(key) == flow::kNoFlow &&
         listeners_.find(key.local_index, key.local_port) == tcp::kNoListener;
}

/// RFC 6056 3.3.1: a random start, then the next free one. Only ports whose flow this worker owns, so that the answers
/// come here. 0: every one is in use.
std::uint16_t Shard::choose_port(flow::FlowKey key, const wire::IpAddress& local) noexcept {
  const std::uint32_t count = std::uint32_t{config_.last_port} - config_.first_port + 1;
  const auto start = static_cast<std::uint32_t>(random_.below(count));
  const wire::IpAddress remote{key.remote_address};
  for (std::uint32_t i = 0; i < count; ++i) {
    key.local_port = static_cast<std::uint16_t>(config_.first_port + (start + i) % count);
    if (resources_.owners.owner(local, key.local_port, remote, key.remote_port) != config_.worker) continue;
    if (key_is_free(key)) return key.local_port;
  }
  return 0;
}

std::optional<std::uint16_t> Shard::listen(const wire::IpAddress& local, std::uint16_t port,
                                           const tcp::UserOptions& options, std::uint32_t half_open_limit) {
  tcp::Listener listener;
  if (!local.is_unspecified()) {
    const auto index = resources_.ip.addresses.find(local);
    if (!index) return std::nullopt;
    listener.local_index = *index;
  }
  listener.port = port;
  listener.options = options;
  listener.half_open_limit = half_open_limit;
  const std::uint16_t number = listeners_.add(listener);
  if (number == tcp::kNoListener) return std::nullopt;
  return number;
}

void Shard::stop_listening(std::uint16_t listener) noexcept { listeners_.close(listener); }

}  // namespace millrace::stack
