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

void visit_counters(const base::StageCounters& c, const VisitCounter& visit) {
  for (std::size_t i = 0; i < base::kStages; ++i) visit("cycles_" + std::string{base::kStageNames[i]}, c.busy[i].get());
  visit("cycles_idle", c.idle.get());
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
  visit("ip_ndp_messages", c.ndp_messages.get());
  visit("ip_echoes_answered", c.echoes_answered.get());
  visit("ip_offered", c.offered.get());
  visit("ip_listed", c.listed.get());
  visit("ip_parked", c.parked.get());
  visit("arp_requests_sent", c.arp_requests_sent.get());
  visit("arp_replies_sent", c.arp_replies_sent.get());
  visit("arp_ignored", c.arp_ignored.get());
  visit("ndp_solicitations_sent", c.ndp_solicitations_sent.get());
  visit("ndp_advertisements_sent", c.ndp_advertisements_sent.get());
  visit("ndp_ignored", c.ndp_ignored.get());
  visit("neighbor_changes", c.neighbor_changes.get());
  visit("neighbor_changes_refused", c.neighbor_changes_refused.get());
  visit("neighbors_evicted", c.neighbors_evicted.get());
  visit("neighbor_requests_lost", c.neighbor_requests_lost.get());
  visit("neighbor_updates_lost", c.neighbor_updates_lost.get());
  visit("address_conflicts", c.address_conflicts.get());
  visit("addresses_refused", c.addresses_refused.get());
  for (std::size_t i = 0; i < ip::kDropReasons; ++i)
    visit("drop_" + counter_name(ip::name(static_cast<ip::DropReason>(i))), c.drops[i].get());
}

void visit_counters(const tcp::TcpCounters& c, const VisitCounter& visit) {
  tcp::for_each(c, [&](std::string_view name, std::uint64_t value) { visit("tcp_" + std::string{name}, value); });
  for (std::size_t i = 0; i < tcp::kOutcomes; ++i)
    visit("segment_" + counter_name(tcp::to_string(static_cast<tcp::Outcome>(i))), c.outcome[i].get());
  for (std::size_t i = 1; i < tcp::kCloseRules; ++i)  // not None
    visit("closed_" + std::string{tcp::info(static_cast<tcp::CloseRule>(i)).name}, c.closed[i].get());
}

void visit_counters(const flow::PortLedgerCounters& c, const VisitCounter& visit) {
  visit("source_ports_taken", c.taken.get());
  visit("source_ports_destinations", c.destinations.get());
  visit("source_ports_maps", c.maps.get());
  visit("source_ports_looked_at", c.probes.get());
  visit("source_ports_no_room", c.no_room.get());
}

}  // namespace millrace::stack
