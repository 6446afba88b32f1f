// All that a part of the state machine needs around it, for tests of that part alone.
#pragma once

#include <cstring>
#include <string>

#include "tcp/env.h"

namespace millrace::tcp {

struct TestEnv {
  TestEnv();
  ~TestEnv();

  TcpConfig config;
  timer::Wheel wheel{time_from_ns(1'000'000'000)};
  Departures departures{4, time_from_ns(1'000'000'000)};
  ConnectionTable table{{4, 4, 4}, {}, wheel};
  Listeners listeners;
  base::Slab<Reassembly> reassemblies{2};
  TimeWaitAges ages{table.time_waits};
  ReadyList ready{table.tcbs};
  EventList events{table.tcbs};
  OutList out{16};
  TcpCounters count;
  ChallengeLimit challenge_limit;
  ChallengeLimit entry_limit;
  base::Random random{1};
  Paths paths{{}};
  Env env;
  Tcb& tcb;

  [[nodiscard]] static pkt::PacketPool& data();
  [[nodiscard]] static pkt::PacketPool& control();
  /// A packet of the data pool with these bytes, also its slice.
  [[nodiscard]] static pkt::Packet* packet(const std::string& bytes);

 private:
  Tcb& add(std::uint16_t port);
};

}  // namespace millrace::tcp
