// Counters under their names: every one is visited, with its own value.
#include "stack/stats.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace millrace::stack {
namespace {

using Counted = std::map<std::string, std::uint64_t>;

template <class Counters>
Counted visited(const Counters& counters) {
  Counted all;
  visit_counters(counters, [&](std::string_view name, std::uint64_t value) {
    EXPECT_TRUE(all.emplace(name, value).second) << name << " comes twice";
    EXPECT_EQ(counter_name(name), name);
  });
  return all;
}

TEST(Stats, NamesHoldWordsInLowerCase) {
  EXPECT_EQ(counter_name("bad TCP checksum"), "bad_tcp_checksum");
  EXPECT_EQ(counter_name("AZ az 09"), "az_az_09");
  EXPECT_EQ(counter_name("a - b"), "a_b");
  EXPECT_EQ(counter_name(" a"), "a");
  EXPECT_EQ(counter_name(""), "");
}

TEST(Stats, Stages) {
  base::StageCounters c;
  for (std::size_t i = 0; i < base::kStages; ++i) c.busy[i].set(i + 1);
  c.idle.set(99);
  const Counted all = visited(c);
  EXPECT_EQ(all.size(), base::kStages + 1);
  EXPECT_EQ(all.at("cycles_receive"), 1u);
  EXPECT_EQ(all.at("cycles_segments"), 4u);
  EXPECT_EQ(all.at("cycles_between"), base::kStages);
  EXPECT_EQ(all.at("cycles_idle"), 99u);
}

TEST(Stats, Worker) {
  WorkerCounters c;
  base::Counter* const all[] = {&c.turns,      &c.busy_turns,  &c.busy_cycles, &c.idle_cycles, &c.rx_packets,
                                &c.tx_packets, &c.tx_deferred, &c.events,      &c.tasks};
  std::uint64_t n = 0;
  for (base::Counter* counter : all) counter->set(++n);
  EXPECT_EQ(visited(c), (Counted{{"turns", 1},
                                 {"busy_turns", 2},
                                 {"busy_cycles", 3},
                                 {"idle_cycles", 4},
                                 {"rx_packets", 5},
                                 {"tx_packets", 6},
                                 {"tx_deferred", 7},
                                 {"events", 8},
                                 {"tasks", 9}}));
}

TEST(Stats, PortSet) {
  PortSetCounters c;
  c.handover.rx_given.set(1);
  c.handover.rx_taken.set(2);
  c.handover.rx_dropped.set(3);
  c.handover.tx_given.set(4);
  c.handover.tx_taken.set(5);
  c.tx_abandoned.set(6);
  EXPECT_EQ(visited(c), (Counted{{"handover_rx_given", 1},
                                 {"handover_rx_taken", 2},
                                 {"handover_rx_dropped", 3},
                                 {"handover_tx_given", 4},
                                 {"handover_tx_taken", 5},
                                 {"tx_abandoned", 6}}));
}

TEST(Stats, PortLedger) {
  flow::PortLedgerCounters c;
  c.taken.set(1);
  c.destinations.set(2);
  c.maps.set(3);
  c.probes.set(4);
  c.no_room.set(5);
  EXPECT_EQ(visited(c), (Counted{{"source_ports_taken", 1},
                                 {"source_ports_destinations", 2},
                                 {"source_ports_maps", 3},
                                 {"source_ports_looked_at", 4},
                                 {"source_ports_no_room", 5}}));
}

TEST(Stats, IpHasEveryDropReason) {
  ip::IpCounters c;
  for (std::size_t i = 0; i < ip::kDropReasons; ++i) c.drops[i].set(100 + i);
  c.received.set(7);
  c.offered.set(8);
  const Counted all = visited(c);
  EXPECT_EQ(all.at("ip_received"), 7u);
  EXPECT_EQ(all.at("ip_offered"), 8u);
  for (std::size_t i = 0; i < ip::kDropReasons; ++i)
    EXPECT_EQ(all.at("drop_" + counter_name(ip::name(static_cast<ip::DropReason>(i)))), 100 + i);
}

TEST(Stats, TcpHasEveryEnd) {
  tcp::TcpCounters c;
  for (std::size_t i = 0; i < tcp::kCloseRules; ++i) c.closed[i].set(100 + i);
  const Counted all = visited(c);
  for (std::size_t i = 1; i < tcp::kCloseRules; ++i)
    EXPECT_EQ(all.at("closed_" + std::string{tcp::info(static_cast<tcp::CloseRule>(i)).name}), 100 + i);
  EXPECT_FALSE(all.contains("closed_open"));
}

TEST(Stats, TcpHasEveryOutcome) {
  tcp::TcpCounters c;
  for (std::size_t i = 0; i < tcp::kOutcomes; ++i) c.outcome[i].set(100 + i);
  c.active_opens.set(7);
  const Counted all = visited(c);
  EXPECT_EQ(all.at("tcp_active_opens"), 7u);
  for (std::size_t i = 0; i < tcp::kOutcomes; ++i)
    EXPECT_EQ(all.at("segment_" + counter_name(tcp::to_string(static_cast<tcp::Outcome>(i)))), 100 + i);
}

}  // namespace
}  // namespace millrace::stack
