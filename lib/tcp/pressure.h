// How short of packets a shard is, and what it refuses at which level.
//
// Receive buffers and payload share the data pool. What is given up first costs nobody anything: growth. Then new
// connections, then text that would have to wait, and last any text: its sender keeps what is not acknowledged. The
// rest of the pool always serves ACKs, so that send queues drain and the shortage ends.
#pragma once

#include <cstdint>

namespace millrace::tcp {

struct Env;

/// How short of packets the shard is. Each level refuses what those before it do.
enum class Pressure : std::uint8_t {
  None,
  Windows,  ///< no buffer grows; right edges stop moving where data waits
  Syns,     ///< new SYNs are refused, and text that would have to wait
  Dry,      ///< no right edge moves, nothing is kept that costs a packet, none is taken for sending
};

/// Asks the pool how full it is, and compares what is held with the budget; sets env.pressure.
void measure_pressure(Env& env) noexcept;

/// `packets` have left the data pool. The pool is asked when many have since it was asked last: its last part must not
/// go unseen.
void note_packets_taken(std::uint32_t packets, Env& env) noexcept;

}  // namespace millrace::tcp
