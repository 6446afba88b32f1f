// Who may teach us a neighbor, whom we answer, and who has an address of ours (RFC 4861 7.2, RFC 4862 5.4). Only who is
// on a network of ours teaches, but every host on the link is answered: it may have a network there that we do not
// know, or use an address of another of its links. A conflict over an address in use is counted and logged, and the
// address is kept, as with ARP. Frames that a link gives back to their sender are told by their MAC and say nothing.
#include "ip/ndp.h"

#include <fmt/format.h>

namespace millrace::ip {

NdpResolver::NdpResolver(const IpConfig& config, const NeighborCacheLimits& limits, const base::SipKey& secret,
                         pkt::PacketPool& control, TxList& tx, IpCounters& counters)
    : config_(config),
      counters_(counters),
      sender_(config, control, tx, counters),
      cache_(limits, secret, *this, counters),
      detection_(config, sender_, counters) {}

void NdpResolver::receive(const NdpArrival& arrival, Time now) noexcept {
  bool useful = false;
  if (arrival.from != config_.ports[arrival.port].mac) {
    if (const auto* solicitation = std::get_if<wire::NeighborSolicitation>(&arrival.message))
      useful = take(arrival, *solicitation, now);
    if (const auto* advertisement = std::get_if<wire::NeighborAdvertisement>(&arrival.message))
      useful = take(arrival, *advertisement, now);
  }
  if (!useful) ++counters_.ndp_ignored;
}

/// RFC 4861 7.2.3.
bool NdpResolver::take(const NdpArrival& arrival, const wire::NeighborSolicitation& message, Time now) noexcept {
  const bool probe = arrival.source.is_unspecified();
  if (const auto claimed = own(arrival.port, arrival.source)) return report_conflict(arrival, *claimed, now);
  const auto index = own(arrival.port, message.target);
  if (!index) return false;
  if ((*config_.states)[*index] == AddressState::Tentative) return probe && detect(arrival, *index);
  if (!config_.states->usable(*index)) return false;
  if (!message.source_mac.value_or(arrival.from).is_host()) return false;
  if (!probe && message.source_mac && is_neighbor(arrival.port, arrival.source))
    (void)cache_.learn({arrival.port, arrival.source}, {.mac = message.source_mac, .introduces = true}, now);
  answer(arrival, message);
  return true;
}

/// RFC 4861 7.2.5. The neighbor that it is about is its target, whoever sent it.
bool NdpResolver::take(const NdpArrival& arrival, const wire::NeighborAdvertisement& message, Time now) noexcept {
  if (const auto index = own(arrival.port, message.target)) {
    if ((*config_.states)[*index] == AddressState::Tentative) return detect(arrival, *index);
    return report_conflict(arrival, *index, now);
  }
  if (!is_neighbor(arrival.port, message.target)) return false;
  if (message.target_mac && !message.target_mac->is_host()) return false;
  return cache_.learn({arrival.port, message.target},
                      {.mac = message.target_mac, .answer = message.solicited, .overrides = message.overrides}, now);
}

bool NdpResolver::detect(const NdpArrival& arrival, std::uint16_t index) noexcept {
  detection_.refuse(index, arrival.from);
  return true;
}

/// RFC 4861 7.2.4. A solicitation without its sender's MAC is answered to where its frame came from, and one that
/// detects duplicates is answered to all nodes.
void NdpResolver::answer(const NdpArrival& arrival, const wire::NeighborSolicitation& message) noexcept {
  const bool probe = arrival.source.is_unspecified();
  const NdpRoute route{arrival.port,
                       probe ? wire::multicast_mac(wire::kAllNodes) : message.source_mac.value_or(arrival.from),
                       message.target, probe ? wire::kAllNodes : arrival.source};
  sender_.send(route,
               wire::NeighborAdvertisement{message.target, false, !probe, true, config_.ports[arrival.port].mac});
}

/// Says nothing when we have no address to ask from.
void NdpResolver::ask(const NeighborKey& key, const std::optional<wire::MacAddress>& whom) noexcept {
  const auto all = config_.addresses.all();
  std::optional<std::uint16_t> source;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (all[i].port != key.port || all[i].ip.is_v4() || !config_.states->usable(index)) continue;
    if (!source) source = index;
    if (!all[i].network().contains(key.ip)) continue;
    source = index;  // RFC 4861 7.2.2 leaves the choice; one of the same network needs no other route back
    break;
  }
  if (!source) return;
  const wire::IpAddress group = wire::solicited_node(key.ip);
  sender_.send({key.port, whom.value_or(wire::multicast_mac(group)), all[*source].ip, whom ? key.ip : group},
               wire::NeighborSolicitation{key.ip, config_.ports[key.port].mac});
}

void NdpResolver::tick(Time now) noexcept {
  cache_.tick(now);
  detection_.tick(now);
}

std::optional<Time> NdpResolver::next_deadline() const noexcept {
  return earlier(cache_.next_deadline(), detection_.next_deadline());
}

bool NdpResolver::is_neighbor(std::uint16_t port, const wire::IpAddress& ip) const noexcept {
  return config_.addresses.on_link(port, ip).has_value();
}

/// Only an address in use can be in conflict: one that was refused belongs to the other host.
bool NdpResolver::report_conflict(const NdpArrival& arrival, std::uint16_t index, Time now) noexcept {
  if (!config_.states->usable(index)) return false;
  ++counters_.address_conflicts;
  conflict_log_.log_text(now, base::LogLevel::Warn, [&] {
    return fmt::format("address conflict: {} claims our address {} on port {}", arrival.from.to_string(),
                       config_.addresses[index].ip.to_string(), arrival.port);
  });
  return true;
}

std::optional<std::uint16_t> NdpResolver::own(std::uint16_t port, const wire::IpAddress& ip) const noexcept {
  const auto index = config_.addresses.find(ip);
  return index && config_.addresses[*index].port == port ? index : std::nullopt;
}

}  // namespace millrace::ip
