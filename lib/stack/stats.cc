// Names of counters. They are an interface: tools and tests read them, so a name changes only with a note in the change
// log.
#include "stack/stats.h"

namespace millrace::stack {

std::string counter_name(std::string_view words) {
  std::string name;
  for (const char c : words) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper)
      name += static_cast<char>(c - 'A' + 'a');
    else if (plain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  return name;
}

void visit_counters(const WorkerCounters& c, const VisitCounter& visit) {
  visit("turns", c.turns.get());
  visit("busy_turns", c.busy_turns.get());
  visit("busy_cycles", c.busy_cycles.get());
  visit("idle_cycles", c.idle_cycles.get());
  visit("rx_packets", c.rx_packets.get());
  visit("tx_packets", c.tx_packets.get());
  visit("tx_deferred", c.tx_deferred.get());
  visit("events", c.events.get());
  visit("tasks", c.tasks.get());
}

void visit_counters(const PortSetCounters& c, const VisitCounter& visit) {
  visit("handover_rx_given", c.handover.rx_given.get());
  visit("handover_rx_taken", c.handover.rx_taken.get());
  visit("handover_rx_dropped", c.handover.rx_dropped.get());
  visit("handover_tx_given", c.handover.tx_given.get());
  visit("handover_tx_taken", c.handover.tx_taken.get());
  visit("tx_abandoned", c.tx_abandoned.get());
}

void visit_counters(const ip::IpCounters& c, const VisitCounter& visit) {
  visit("ip_received", c.received.get());
  visit("ip_tcp_segments", c.tcp_segments.get());
  visit("ip_icmp_errors", c.icmp_errors.get());
  visit("ip_arp_packets", c.arp_packets.get());
  visit("ip_echoes_answered", c.echoes_answered.get());
  visit("ip_offered", c.offered.get());
  visit("ip_listed", c.listed.get());
  visit("ip_parked", c.parked.get());
  visit("arp_requests_sent", c.arp_requests_sent.get());
  visit("arp_replies_sent", c.arp_replies_sent.get());
  visit("arp_ignored", c.arp_ignored.get());
  visit("arp_changes", c.arp_changes.get());
  visit("arp_changes_refused", c.arp_changes_refused.get());
  visit("arp_address_conflicts", c.address_conflicts.get());
  visit("arp_neighbors_evicted", c.neighbors_evicted.get());
  visit("arp_neighbor_requests_lost", c.neighbor_requests_lost.get());
  visit("arp_neighbor_updates_lost", c.neighbor_updates_lost.get());
  for (std::size_t i = 0; i < ip::kDropReasons; ++i)
    visit("drop_" + counter_name(ip::name(static_cast<ip::DropReason>(i))), c.drops[i].get());
}

void visit_counters(const tcp::TcpCounters& c, const VisitCounter& visit) {
  tcp::for_each(c, [&](std::string_view name, std::uint64_t value) { visit("tcp_" + std::string{name}, value); });
  for (std::size_t i = 0; i < tcp::kOutcomes; ++i)
    visit("segment_" + counter_name(tcp::to_string(static_cast<tcp::Outcome>(i))), c.outcome[i].get());
}

}  // namespace millrace::stack
