// The shard's turn. Here is decided whom a segment belongs to (connection, half-open entry, TIME-WAIT entry, listener
// or nobody), in which order timers, neighbors and output run, and when scarce packets close windows or refuse SYNs.
// What the RFCs say about a segment is lib/tcp's; active opens are in connect.cc.
#include "stack/shard.h"

#include <algorithm>

#include "tcp/buffer_memory.h"
#include "tcp/close.h"
#include "tcp/icmp.h"
#include "tcp/listen.h"
#include "tcp/output.h"
#include "tcp/path_mtu.h"
#include "tcp/prefetch.h"
#include "tcp/segment_arrives.h"
#include "tcp/timers.h"

namespace millrace::stack {
namespace {

constexpr std::size_t kTxList = 2048;
constexpr std::size_t kEventsPerTurn = 1024;
constexpr std::size_t kSegmentsPerTurn = 512;
/// The pool is asked how full it is once in so many turns, because DPDK counts by a scan over cores; and when much may
/// have been taken since, see tcp/pressure.h.
constexpr std::uint32_t kPressureInterval = 32;

/// SHLD-6: a route may move a connection to another port, so an MSS option speaks for all of them.
std::uint16_t least_mtu(const ip::IpConfig& config) noexcept {
  return std::ranges::min(config.ports, {}, &ip::PortInfo::mtu).mtu;
}

tcp::SoftError soft_error_of(ip::IcmpKind kind) noexcept {
  switch (kind) {
    case ip::IcmpKind::ProtocolUnreachable:
      return tcp::SoftError::ProtocolUnreachable;
    case ip::IcmpKind::PortUnreachable:
      return tcp::SoftError::PortUnreachable;
    case ip::IcmpKind::TimeExceeded:
      return tcp::SoftError::TimeExceeded;
    case ip::IcmpKind::ParameterProblem:
      return tcp::SoftError::ParameterProblem;
    default:
      return tcp::SoftError::HostUnreachable;
  }
}

ShardConfig bounded(ShardConfig config, const ShardResources& resources) noexcept {
  const std::uint64_t pool = std::uint64_t{resources.data.size()} * resources.data.packet_truesize();
  config.tcp.pool_sharers = resources.owners.workers();
  config.tcp.buffers = tcp::bounded_by_pool(config.tcp.buffers, pool, config.tcp.pool_sharers);
  return config;
}

}  // namespace

Shard::Shard(const ShardConfig& config, const ShardResources& resources, Time start)
    : config_(bounded(config, resources)),
      resources_(resources),
      random_(config.random_seed),
      wheel_(start),
      departures_(config.limits.connections, start),
      table_(config.limits, config.table_secret, wheel_, {config.ephemeral_ports, resources.owners, config.worker}),
      reassemblies_(config.limits.connections),
      time_wait_ages_(table_.time_waits),
      ready_(table_.tcbs),
      events_(table_.tcbs),
      out_(kSegmentsPerTurn),
      paths_(config.table_secret),
      batch_(config.worker, kEventsPerTurn),
      timers_(config.app_timers, wheel_),
      tx_(kTxList),
      neighbors_({}, config.table_secret, tx_, ip_counters_),
      egress_(resources.ip, neighbors_, ip_counters_),
      ingress_(resources.ip, egress_, ip_counters_) {
  env_ = std::make_unique<tcp::Env>(tcp::Env{start,
                                             config_.tcp,
                                             wheel_,
                                             departures_,
                                             table_,
                                             listeners_,
                                             time_wait_ages_,
                                             reassemblies_,
                                             ready_,
                                             events_,
                                             out_,
                                             resources_.control,
                                             resources_.data,
                                             tcp_counters_,
                                             challenge_limit_,
                                             entry_limit_,
                                             random_,
                                             paths_,
                                             least_mtu(resources_.ip),
                                             tcp::Pressure::None});
  tcp_counters_.receive_budget.set(config_.tcp.buffers.receive_budget);
  tcp_counters_.send_budget.set(config_.tcp.buffers.send_budget);
  std::vector<bool> is_v6;
  for (const ip::LocalAddress& local : resources_.ip.addresses.all()) is_v6.push_back(!local.ip.is_v4());
  listeners_.set_v6(std::move(is_v6));
  if (config_.worker == 0) {
    const ip::NeighborCacheLimits all;
    const base::SipKey& secret = config_.table_secret;
    resolvers_.reset(new Resolvers{{resources_.ip, all, secret, resources_.control, tx_, ip_counters_},
                                   {resources_.ip, all, secret, resources_.control, tx_, ip_counters_}});
  }
}

Shard::~Shard() {
  // Connections still open give their packets back; the peers learn nothing from a process that ends without drain.
  for (tcp::OutSegment& segment : out_.segments()) segment.packet->free();
  for (std::uint32_t i = 0; i < table_.tcbs.touched(); ++i) {
    if (!table_.in_use(i)) continue;
    tcp::Tcb& tcb = table_.tcbs[i];
    tcp::drop_reassembly(tcb, *env_);
    table_.release(tcb);
  }
}

void Shard::begin(Time now) noexcept {
  env_->now = now;
  if (turns_++ % kPressureInterval != 0) return;
  tcp::measure_pressure(*env_);
  shortage_log_.look(now, tcp_counters_);
}

void Shard::receive(std::span<pkt::Packet*> burst) noexcept {
  tcp::note_packets_taken(static_cast<std::uint32_t>(burst.size()), *env_);
  stages_.enter(base::Stage::Parse);
  ingress_.receive(burst, env_->now);
  demux(ingress_.segments());
  for (const ip::IcmpError& error : ingress_.icmp_errors()) take_icmp(error);
  if (!resolvers_) return;
  for (const ip::ArpArrival& arp : ingress_.arp_arrivals()) resolvers_->arp.receive(arp.port, arp.packet, env_->now);
  for (const ip::NdpArrival& ndp : ingress_.ndp_arrivals()) resolvers_->ndp.receive(ndp, env_->now);
}

/// Looks all flows up first, then processes. A lookup is repeated when an earlier segment of the burst has changed the
/// table.
void Shard::demux(std::span<tcp::Segment> segments) noexcept {
  constexpr std::size_t kMost = 64;
  std::array<flow::FlowKey, kMost> keys;
  std::array<std::uint64_t, kMost> hashes;
  std::array<flow::FlowRef, kMost> refs;
  for (std::size_t start = 0; start < segments.size(); start += kMost) {
    const auto part = segments.subspan(start, std::min(kMost, segments.size() - start));
    const std::span<flow::FlowRef> found{refs.data(), part.size()};
    stages_.enter(base::Stage::Lookup);
    for (std::size_t i = 0; i < part.size(); ++i) keys[i] = part[i].key;
    table_.flows.find_burst({keys.data(), part.size()}, {hashes.data(), part.size()}, found);
    stages_.enter(base::Stage::Segments);
    const std::uint64_t version = table_.flows.version();
    for (std::size_t i = 0; i < tcp::kTcbAhead; ++i) look_ahead(found, i, version);
    for (std::size_t i = 0; i < part.size(); ++i) {
      tcp::Segment& seg = part[i];
      look_ahead(found, i + tcp::kTcbAhead, version);
      const flow::FlowRef ref = table_.flows.version() == version ? refs[i] : table_.flows.find(seg.key, hashes[i]);
      const tcp::Outcome outcome = arrive(seg, ref);
      ++tcp_counters_.outcome[static_cast<std::size_t>(outcome)];
      if (seg.packet != nullptr) seg.packet->free();
      seg.packet = nullptr;
    }
  }
}

/// Takes each step of prefetching by one segment further; `farthest` may lie behind the end. While the table is as it
/// was at the lookup, who was found still exists.
void Shard::look_ahead(std::span<const flow::FlowRef> found, std::size_t farthest, std::uint64_t version) noexcept {
  const auto at = [&](std::size_t ahead) {
    const std::size_t i = farthest - (tcp::kTcbAhead - ahead);  // before the first: very large
    return i < found.size() ? found[i] : flow::kNoFlow;
  };
  tcp::prefetch_tcb(at(tcp::kTcbAhead), table_);
  if (table_.flows.version() != version) return;
  tcp::prefetch_sender(at(tcp::kSenderAhead), table_);
  tcp::prefetch_record(at(tcp::kRecordAhead), table_);
}

tcp::Outcome Shard::arrive(tcp::Segment& seg, flow::FlowRef ref) noexcept {
  if (ref == flow::kNoFlow) return arrive_unknown(seg);
  const std::uint32_t index = tcp::index_of(ref);
  switch (tcp::kind_of(ref)) {
    case tcp::kKindHalfOpen:
      return tcp::half_open_arrives(index, seg, *env_);
    case tcp::kKindTimeWait:
      return tcp::time_wait_arrives(index, seg, *env_);
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
  if (ref == flow::kNoFlow || !believed(error, ref)) ++tcp_counters_.icmp_ignored;
}

/// True when the error was about something that its connection has outstanding (RFC 5927 4.1).
bool Shard::believed(const ip::IcmpError& error, flow::FlowRef ref) noexcept {
  const std::uint32_t index = tcp::index_of(ref);
  const bool too_big = error.kind == ip::IcmpKind::PacketTooBig;
  switch (tcp::kind_of(ref)) {
    case tcp::kKindTcb:
      if (too_big) return tcp::packet_too_big(table_.tcbs[index], error.seq, error.mtu, *env_);
      return tcp::icmp_arrives(table_.tcbs[index], soft_error_of(error.kind), error.seq, *env_);
    case tcp::kKindHalfOpen:
      return !too_big && tcp::half_open_icmp_arrives(index, soft_error_of(error.kind), error.seq, *env_);
    default:
      return false;
  }
}

void Shard::run_timers() noexcept {
  wheel_.advance(env_->now, kTimersPerTurn, [this](timer::TimerId id) {
    switch (id.kind()) {
      case tcp::kKindTcb:
        tcp::on_timer(table_.tcbs[id.index()], *env_);
        break;
      case tcp::kKindTimeWait:
        tcp::on_time_wait_timer(*env_);
        break;
      case tcp::kKindHalfOpen:
        tcp::on_half_open_timer(id.index(), *env_);
        break;
      default:
        timers_.expired(id.index(), env_->now);
        break;
    }
  });
  departures_.advance(kDeparturesPerTurn, *env_);
  const auto due = [this](std::optional<Time> deadline) { return deadline && *deadline <= env_->now; };
  if (due(neighbors_.next_deadline())) neighbors_.tick(env_->now);
  if (!resolvers_) return;
  if (due(resolvers_->arp.next_deadline())) resolvers_->arp.tick(env_->now);
  if (due(resolvers_->ndp.next_deadline())) resolvers_->ndp.tick(env_->now);
}

std::span<const tcp::Event> Shard::take_events() noexcept {
  return batch_.collect(*env_, [this](tcp::Event& event) { return timers_.take_due(event); });
}

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
  pass_doubts();
  send_segments();
  exchange_neighbors();
  return tx_.pending();
}

/// TCP's segments get their IP and Ethernet headers and wait in tx_.
void Shard::send_segments() noexcept {
  for (const tcp::OutSegment& segment : out_.segments())
    egress_.send(segment.packet, wire::IpAddress{segment.remote}, segment.local_index, segment.dscp,
                 static_cast<std::uint8_t>(segment.ecn), segment.hop_limit, env_->now);
  out_.clear();
}

void Shard::sent(std::size_t n) noexcept { tx_.consume(n); }

std::optional<Time> Shard::next_deadline() const noexcept {
  std::optional<Time> first = wheel_.next_deadline();
  const auto consider = [&first](std::optional<Time> deadline) {
    if (deadline && (!first || *deadline < *first)) first = deadline;
  };
  consider(departures_.next_deadline());
  consider(neighbors_.next_deadline());
  if (resolvers_) {
    consider(resolvers_->arp.next_deadline());
    consider(resolvers_->ndp.next_deadline());
  }
  return first;
}

bool Shard::has_work() const noexcept {
  return !ready_.empty() || !events_.empty() || timers_.any_due() || tx_.room() < kTxList ||
         out_.room() < kSegmentsPerTurn;
}

void Shard::resolve(const ip::NeighborRequest& request) noexcept {
  if (!resolvers_) return;
  if (request.ip.is_v4())
    resolvers_->arp.request(request, env_->now);
  else
    resolvers_->ndp.request(request, env_->now);
}

void Shard::apply(const ip::NeighborUpdate& update) noexcept { neighbors_.apply(update, env_->now); }

void Shard::announce(Time now) noexcept {
  if (!resolvers_) return;
  resolvers_->arp.announce(now);
  resolvers_->ndp.start(now);
}

/// Negative advice (MUST-20): the neighbors on the way to peers that are silent.
void Shard::pass_doubts() noexcept {
  for (const flow::FlowKey& key : paths_.doubts())
    if (const auto route = resources_.ip.routes.lookup(wire::IpAddress{key.remote_address}))
      neighbors_.doubt({route->port, route->next_hop}, env_->now);
  paths_.clear_doubts();
}

void Shard::exchange_neighbors() noexcept {
  for (const ip::NeighborRequest& request : neighbors_.requests()) {
    if (resolvers_) {
      resolve(request);
    } else if (relay_ != nullptr) {
      relay_->request(request);
    }
  }
  neighbors_.clear_requests();
  if (!resolvers_) return;
  publish_neighbors(resolvers_->arp.updates());
  publish_neighbors(resolvers_->ndp.updates());
  resolvers_->arp.clear_updates();
  resolvers_->ndp.clear_updates();
}

void Shard::publish_neighbors(std::span<const ip::NeighborUpdate> updates) noexcept {
  for (const ip::NeighborUpdate& update : updates) {
    neighbors_.apply(update, env_->now);
    if (relay_ != nullptr) relay_->publish(update);
  }
}

tcp::Tcb* Shard::find(const tcp::ConnectionId& id) noexcept {
  owner_.check();
  if (id.shard != config_.worker) return nullptr;
  tcp::Tcb* tcb = table_.find(id.index, id.generation);
  return tcb == nullptr || tcb->has(tcp::kOrphan) ? nullptr : tcb;
}

tcp::ConnectionId Shard::id_of(const tcp::Tcb& tcb) const noexcept {
  const std::uint32_t index = table_.tcbs.index_of(tcb);
  return {config_.worker, index, table_.generation(index)};
}

std::optional<std::uint16_t> Shard::listen(const wire::IpAddress& local, std::uint16_t port,
                                           const tcp::ListenOptions& options) {
  owner_.check();
  tcp::Listener listener;
  if (!local.is_unspecified()) {
    const auto index = resources_.ip.addresses.find(local);
    if (!index) return std::nullopt;
    listener.local_index = *index;
  } else if (local.is_v4()) {
    listener.versions = tcp::IpVersions::V4;
  } else if (options.v6only) {
    listener.versions = tcp::IpVersions::V6;
  }
  listener.port = port;
  listener.options = options;
  const std::uint16_t number = listeners_.add(listener);
  if (number == tcp::kNoListener) return std::nullopt;
  return number;
}

void Shard::stop_listening(std::uint16_t listener) noexcept {
  owner_.check();
  listeners_.close(listener);
}

}  // namespace millrace::stack
