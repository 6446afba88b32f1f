// What tests of a whole runtime start: two workers on a port that goes nowhere, and an application that does nothing.
#pragma once

#include <unistd.h>

#include <optional>
#include <span>
#include <string>

#include "api/shard.h"
#include "stack/config.h"

namespace millrace::stack {

struct Quiet {
  void on_events(api::Shard, std::span<const api::Event>) {}
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }
};

inline RuntimeSettings two_workers_on_no_link() {
  RuntimeSettings s;
  s.workers = 2;
  s.hugepages = Hugepages::Off;
  s.file_prefix = "unit" + std::to_string(::getpid());
  s.connections = 64;
  s.time_waits = 64;
  s.half_open = 64;
  s.packets = 4096;
  PortSettings port;
  port.name = "nowhere";
  port.device = "net_null0,no-rx=1";
  port.addresses = {*wire::IpPrefix::parse("10.1.0.1/24")};
  s.ports = {port};
  return s;
}

}  // namespace millrace::stack
