// The resolver's state machine (RFC 826, RFC 1122 2.3.2). Who may teach us what is decided in learn(): a reply counts
// as solicited only while we ask, and a neighbor may change its MAC once a second. Address conflicts are counted and
// logged, and no address is given up for them (RFC 5227 2.4 (c), without its announcements). Carrying news to the other
// workers is the stack's.
#include "ip/arp.h"

#include "wire/ethernet.h"

namespace millrace::ip {
namespace {

constexpr wire::MacAddress kNoMac{};

bool is_host_mac(const wire::MacAddress& mac) noexcept { return !mac.is_multicast() && mac != kNoMac; }

}  // namespace

ArpResolver::ArpResolver(const IpConfig& config, const ArpLimits& limits, const base::SipKey& secret,
                         pkt::PacketPool& control, TxList& tx, IpCounters& counters)
    : config_(config), limits_(limits), control_(control), tx_(tx), counters_(counters), map_(limits.entries, secret) {
  updates_.reserve(limits.updates);
}

void ArpResolver::announce() noexcept {
  for (const auto& local : config_.addresses.all()) {
    if (!local.ip.is_v4()) continue;
    const auto& mac = config_.ports[local.port].mac;
    transmit(local.port, wire::MacAddress::broadcast(), {wire::ArpOperation::Request, mac, local.ip, kNoMac, local.ip});
  }
}

void ArpResolver::request(const NeighborRequest& request, Time now) noexcept {
  Entry* entry = map_.find(request);
  if (entry == nullptr) {
    entry = create(request);
    if (entry == nullptr) return;  // the table that asked asks again
    return enter(request, *entry, State::Incomplete, now);
  }
  switch (entry->state) {
    case State::Stale:
      return enter(request, *entry, State::Probe, now);
    case State::Reachable:
    case State::Failed:
      return publish(request, *entry);  // the asking table has lost this news, or never had it
    case State::Incomplete:
    case State::Probe:
      return;  // under way
  }
}

void ArpResolver::receive(std::uint16_t port, const wire::ArpPacket& packet, Time now) noexcept {
  const NeighborKey sender{port, packet.sender_ip};
  const bool to_us = is_ours(port, packet.target_ip);
  bool useful = report_conflict(sender, packet.sender_mac, now);
  if (is_acceptable_sender(sender, packet.sender_mac)) useful |= learn(sender, packet, to_us, now);

  // An address probe (RFC 5227 2.1.1) has no sender address; it is answered, so that the prober leaves ours alone.
  const bool may_answer = packet.sender_ip.is_unspecified() || config_.addresses.on_link(port, packet.sender_ip);
  const bool is_request = packet.operation == wire::ArpOperation::Request;
  if (is_request && to_us && may_answer && !is_ours(port, packet.sender_ip) && is_host_mac(packet.sender_mac)) {
    useful = true;
    const wire::ArpPacket reply{wire::ArpOperation::Reply, config_.ports[port].mac, packet.target_ip, packet.sender_mac,
                                packet.sender_ip};
    if (transmit(port, packet.sender_mac, reply)) ++counters_.arp_replies_sent;
  }
  if (!useful) ++counters_.arp_ignored;
}

void ArpResolver::tick(Time now) noexcept {
  if (!next_deadline_ || now < *next_deadline_) return;
  next_deadline_.reset();
  map_.for_each([this, now](const NeighborKey& key, Entry& entry) {
    if (entry.state == State::Stale) return;
    if (now < entry.deadline) return wake_at(entry.deadline);
    on_deadline(key, entry, now);
  });
}

void ArpResolver::on_deadline(const NeighborKey& key, Entry& entry, Time now) noexcept {
  switch (entry.state) {
    case State::Incomplete:
      if (entry.tries == kTries) return enter(key, entry, State::Failed, now);
      return try_again(key, entry, now);
    case State::Probe:
      if (entry.tries == kTries) return enter(key, entry, State::Incomplete, now);
      return try_again(key, entry, now);
    case State::Reachable:
      return enter(key, entry, State::Stale, now);
    case State::Failed:
      return map_.erase(key);
    case State::Stale:
      return;
  }
}

ArpResolver::Entry* ArpResolver::create(const NeighborKey& key) noexcept {
  if (map_.full() && !evict_oldest()) return nullptr;
  return map_.insert(key);
}

/// Makes room: the entry that has been Stale or Failed for longest goes.
bool ArpResolver::evict_oldest() noexcept {
  std::optional<NeighborKey> oldest;
  Time since{};
  map_.for_each([&](const NeighborKey& key, const Entry& entry) {
    const bool idle = entry.state == State::Stale || entry.state == State::Failed;
    if (!idle || (oldest && entry.since >= since)) return;
    oldest = key;
    since = entry.since;
  });
  if (!oldest) return false;
  map_.erase(*oldest);
  ++counters_.neighbors_evicted;
  return true;
}

void ArpResolver::enter(const NeighborKey& key, Entry& entry, State state, Time now) noexcept {
  entry.state = state;
  entry.since = now;
  entry.tries = 0;
  switch (state) {
    case State::Incomplete:
      publish(key, entry);
      return try_again(key, entry, now);
    case State::Probe:
      return try_again(key, entry, now);
    case State::Reachable:
      entry.deadline = now + kReachableTime;
      wake_at(entry.deadline);
      return publish(key, entry);
    case State::Stale:
      return publish(key, entry);
    case State::Failed:
      entry.deadline = now + kFailedTime;
      wake_at(entry.deadline);
      return publish(key, entry);
  }
}

void ArpResolver::try_again(const NeighborKey& key, Entry& entry, Time now) noexcept {
  ++entry.tries;
  entry.deadline = now + kRetryInterval;
  wake_at(entry.deadline);
  const bool unicast = entry.state == State::Probe;
  if (ask(key, unicast ? entry.mac : wire::MacAddress::broadcast())) ++counters_.arp_requests_sent;
}

bool ArpResolver::is_acceptable_sender(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept {
  if (!is_host_mac(mac)) return false;
  if (config_.addresses.find(sender.ip) || config_.addresses.is_broadcast(sender.ip)) return false;
  return config_.addresses.on_link(sender.port, sender.ip).has_value();
}

bool ArpResolver::report_conflict(const NeighborKey& sender, const wire::MacAddress& mac, Time now) noexcept {
  if (!is_ours(sender.port, sender.ip) || mac == config_.ports[sender.port].mac) return false;
  ++counters_.address_conflicts;
  conflict_log_.log(now, base::LogLevel::Warn, "address conflict: {} claims our address {} on port {}", mac.to_string(),
                    sender.ip.to_string(), sender.port);
  return true;
}

/// True when the packet taught or confirmed something.
bool ArpResolver::learn(const NeighborKey& sender, const wire::ArpPacket& packet, bool to_us, Time now) noexcept {
  const bool reply = packet.operation == wire::ArpOperation::Reply;
  Entry* entry = map_.find(sender);
  if (entry == nullptr) {
    if (reply || !to_us) return false;
    entry = create(sender);
    if (entry == nullptr) return false;
  }
  const bool asked = entry->state == State::Incomplete || entry->state == State::Probe;
  const bool solicited = reply && to_us && asked;
  const bool moved = entry->mac_since && entry->mac != packet.sender_mac;
  if (moved && now - *entry->mac_since < kMinChangeInterval) {
    ++counters_.arp_changes_refused;
    return false;
  }
  const bool news = !entry->mac_since || moved;
  if (!news && !asked) return false;
  if (moved) ++counters_.arp_changes;
  if (news) {
    entry->mac = packet.sender_mac;
    entry->mac_since = now;
  }
  enter(sender, *entry, solicited ? State::Reachable : State::Stale, now);
  return true;
}

bool ArpResolver::is_ours(std::uint16_t port, const wire::IpAddress& ip) const noexcept {
  const auto index = config_.addresses.find(ip);
  return index && config_.addresses[*index].port == port;
}

void ArpResolver::publish(const NeighborKey& key, const Entry& entry) noexcept {
  if (updates_.size() == limits_.updates) {
    ++counters_.neighbor_updates_lost;
    return;
  }
  constexpr NeighborState kPublic[] = {NeighborState::Incomplete, NeighborState::Reachable, NeighborState::Stale,
                                       NeighborState::Stale, NeighborState::Failed};
  updates_.push_back({key.port, key.ip, entry.mac, kPublic[static_cast<std::size_t>(entry.state)]});
}

/// Sends a request for `key` to `whom`; false when we have no address to ask from, or no packet to ask with.
bool ArpResolver::ask(const NeighborKey& key, const wire::MacAddress& whom) noexcept {
  const auto source = config_.addresses.on_link(key.port, key.ip);
  if (!source || !key.ip.is_v4()) return false;
  const auto& mac = config_.ports[key.port].mac;
  return transmit(key.port, whom, {wire::ArpOperation::Request, mac, config_.addresses[*source].ip, kNoMac, key.ip});
}

bool ArpResolver::transmit(std::uint16_t port, const wire::MacAddress& destination,
                           const wire::ArpPacket& packet) noexcept {
  ++counters_.offered;
  pkt::Packet* frame = control_.alloc();
  if (frame == nullptr) {
    counters_.drop(DropReason::PoolEmpty);
    return false;
  }
  const PortInfo& info = config_.ports[port];
  const std::size_t header = wire::ethernet_header_size(info.vlan);
  frame->append(static_cast<std::uint16_t>(header + wire::kArpSize));
  wire::build_ethernet({destination, info.mac, wire::kEtherTypeArp, info.vlan, 0}, frame->bytes());
  wire::build_arp(packet, frame->bytes().subspan(header));
  frame->meta().port = port;
  if (!tx_.push(*frame)) {
    counters_.drop(DropReason::TransmitListFull);
    frame->free();
    return false;
  }
  ++counters_.listed;
  return true;
}

void ArpResolver::wake_at(Time deadline) noexcept {
  if (!next_deadline_ || deadline < *next_deadline_) next_deadline_ = deadline;
}

}  // namespace millrace::ip
