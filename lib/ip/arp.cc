// Who may teach us a neighbor, and whom we answer (RFC 826, RFC 1122 2.3.2): only who is on a network of ours teaches,
// but every host on the link is answered, since others may have networks there that we do not know. Address conflicts
// are counted and logged, and no address is given up for them (RFC 5227 2.4 (c), without its announcements). Carrying
// news to the other workers is the stack's.
#include "ip/arp.h"

#include <fmt/format.h>

#include "wire/ethernet.h"

namespace millrace::ip {
namespace {

constexpr wire::MacAddress kNoMac{};

}  // namespace

ArpResolver::ArpResolver(const IpConfig& config, const NeighborCacheLimits& limits, const base::SipKey& secret,
                         pkt::PacketPool& control, TxList& tx, IpCounters& counters)
    : config_(config),
      frames_(config, control, tx, counters),
      counters_(counters),
      cache_(limits, secret, *this, counters) {}

void ArpResolver::announce(Time now) noexcept {
  announcements_left_ = kAnnouncements;
  announce_once(now);
}

void ArpResolver::announce_once(Time now) noexcept {
  next_announcement_.reset();
  if (--announcements_left_ > 0) next_announcement_ = now + kAnnounceInterval;
  for (const auto& local : config_.addresses.all()) {
    if (!local.ip.is_v4()) continue;
    const auto& mac = config_.ports[local.port].mac;
    transmit(local.port, wire::MacAddress::broadcast(), {wire::ArpOperation::Request, mac, local.ip, kNoMac, local.ip});
  }
}

void ArpResolver::receive(std::uint16_t port, const wire::ArpPacket& packet, Time now) noexcept {
  const NeighborKey sender{port, packet.sender_ip};
  const bool to_us = is_ours(port, packet.target_ip);
  bool useful = report_conflict(sender, packet.sender_mac, now);
  const bool is_request = packet.operation == wire::ArpOperation::Request;
  if (is_acceptable_sender(sender, packet.sender_mac))
    useful |= cache_.learn(
        sender, {.mac = packet.sender_mac, .answer = !is_request && to_us, .introduces = is_request && to_us}, now);

  if (is_request && to_us && may_be_answered(sender, packet.sender_mac)) {
    useful = true;
    const wire::ArpPacket reply{wire::ArpOperation::Reply, config_.ports[port].mac, packet.target_ip, packet.sender_mac,
                                packet.sender_ip};
    if (transmit(port, packet.sender_mac, reply)) ++counters_.arp_replies_sent;
  }
  if (!useful) ++counters_.arp_ignored;
}

bool ArpResolver::is_acceptable_sender(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept {
  if (!mac.is_host()) return false;
  if (config_.addresses.find(sender.ip) || config_.addresses.role_of(sender.ip).is_broadcast()) return false;
  return config_.addresses.on_link(sender.port, sender.ip).has_value();
}

/// An address probe (RFC 5227 2.1.1) has no sender address; it is answered, so that the prober leaves ours alone. What
/// a link gives back to us has one of our addresses; our MAC alone says nothing, a TAP's kernel side has the same.
bool ArpResolver::may_be_answered(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept {
  if (!mac.is_host()) return false;
  if (sender.ip.is_multicast() || config_.addresses.role_of(sender.ip).is_broadcast()) return false;
  return !is_ours(sender.port, sender.ip);
}

bool ArpResolver::report_conflict(const NeighborKey& sender, const wire::MacAddress& mac, Time now) noexcept {
  if (!is_ours(sender.port, sender.ip) || mac == config_.ports[sender.port].mac) return false;
  ++counters_.address_conflicts;
  conflict_log_.log_text(now, base::LogLevel::Warn, [&] {
    return fmt::format("address conflict: {} claims our address {} on port {}", mac.to_string(), sender.ip.to_string(),
                       sender.port);
  });
  return true;
}

bool ArpResolver::is_ours(std::uint16_t port, const wire::IpAddress& ip) const noexcept {
  const auto index = config_.addresses.find(ip);
  return index && config_.addresses[*index].port == port;
}

void ArpResolver::tick(Time now) noexcept {
  cache_.tick(now);
  if (next_announcement_ && now >= *next_announcement_) announce_once(now);
}

std::optional<Time> ArpResolver::next_deadline() const noexcept {
  return earlier(cache_.next_deadline(), next_announcement_);
}

/// Says nothing when we have no address to ask from.
void ArpResolver::ask(const NeighborKey& key, const std::optional<wire::MacAddress>& whom) noexcept {
  const auto source = config_.addresses.on_link(key.port, key.ip);
  if (!source) return;
  const auto& mac = config_.ports[key.port].mac;
  const wire::ArpPacket request{wire::ArpOperation::Request, mac, config_.addresses[*source].ip, kNoMac, key.ip};
  if (transmit(key.port, whom.value_or(wire::MacAddress::broadcast()), request)) ++counters_.arp_requests_sent;
}

bool ArpResolver::transmit(std::uint16_t port, const wire::MacAddress& destination,
                           const wire::ArpPacket& packet) noexcept {
  return frames_.send(port, destination, wire::kEtherTypeArp, wire::kArpSize,
                      [&packet](std::span<std::byte> out) { wire::build_arp(packet, out); });
}

}  // namespace millrace::ip
