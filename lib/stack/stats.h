// The counters of one worker's parts under their names, for metrics and people. A name holds letters, digits and
// underscores only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/stage_meter.h"
#include "flow/port_ledger.h"
#include "ip/counters.h"
#include "stack/port_set.h"
#include "stack/worker.h"
#include "tcp/counters.h"

namespace millrace::stack {

using VisitCounter = std::function<void(std::string_view name, std::uint64_t value)>;

void visit_counters(const WorkerCounters& counters, const VisitCounter& visit);
/// "cycles_receive" and so on for turns that did something, "cycles_idle" for the others.
void visit_counters(const base::StageCounters& counters, const VisitCounter& visit);
void visit_counters(const PortSetCounters& counters, const VisitCounter& visit);
void visit_counters(const ip::IpCounters& counters, const VisitCounter& visit);
void visit_counters(const tcp::TcpCounters& counters, const VisitCounter& visit);
void visit_counters(const flow::PortLedgerCounters& counters, const VisitCounter& visit);

/// "bad TCP checksum" -> "bad_tcp_checksum".
[[nodiscard]] std::string counter_name(std::string_view words);

}  // namespace millrace::stack
