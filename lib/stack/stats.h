// The counters of the stack's own parts under their names, for metrics and people.
#pragma once

#include "stack/port_set.h"
#include "stack/worker.h"

namespace millrace::stack {

template <class Visit>
void for_each(const WorkerCounters& c, Visit&& visit) {
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

template <class Visit>
void for_each(const PortSetCounters& c, Visit&& visit) {
  visit("handover_rx_given", c.handover.rx_given.get());
  visit("handover_rx_taken", c.handover.rx_taken.get());
  visit("handover_rx_dropped", c.handover.rx_dropped.get());
  visit("handover_tx_given", c.handover.tx_given.get());
  visit("handover_tx_taken", c.handover.tx_taken.get());
  visit("tx_abandoned", c.tx_abandoned.get());
}

}  // namespace millrace::stack
