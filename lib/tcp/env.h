// All that the state machine may touch besides its Tcb. One per shard; `now` changes once per turn.
#pragma once

#include "base/random.h"
#include "base/time.h"
#include "pkt/packet_pool.h"
#include "tcp/challenge_ack.h"
#include "tcp/config.h"
#include "tcp/connection_table.h"
#include "tcp/counters.h"
#include "tcp/departures.h"
#include "tcp/listener.h"
#include "tcp/lists.h"
#include "tcp/out_segment.h"
#include "tcp/paths.h"
#include "tcp/pressure.h"
#include "tcp/reassembly.h"
#include "tcp/time_wait.h"
#include "timer/wheel.h"

namespace millrace::tcp {

struct Env {
  Time now;
  const TcpConfig& config;
  timer::Wheel& timers;
  Departures& departures;
  ConnectionTable& table;
  Listeners& listeners;
  TimeWaitAges& time_wait_ages;
  base::Slab<Reassembly>& reassemblies;
  ReadyList& ready;
  EventList& events;
  OutList& out;
  pkt::PacketPool& control;  ///< headers, ACKs, indirect packets
  pkt::PacketPool& data;     ///< payload that the application copies in
  TcpCounters& count;
  ChallengeLimit& challenge_limit;  ///< of connections
  ChallengeLimit& entry_limit;      ///< of half-open and TIME-WAIT entries
  base::Random& random;
  Paths& paths;
  std::uint16_t mtu;  ///< smallest MTU of our ports (SHLD-6)
  Pressure pressure = Pressure::None;
  std::uint32_t packets_taken = 0;  ///< of the data pool, since it was measured
  Time room_slot{};                 ///< when the last send that found no packet will look again

  [[nodiscard]] timer::TimerId timer_id(const Tcb& tcb) const noexcept {
    return timer::TimerId::make(kKindTcb, table.tcbs.index_of(tcb));
  }
};

/// How a processing step ended.
enum class Step { Continue, Done };

/// Marks what the connection owes and puts it where output.cc looks.
inline void owe(Tcb& tcb, std::uint8_t what, Env& env) noexcept {
  tcb.owed |= what;
  env.ready.push(tcb);
}

}  // namespace millrace::tcp
