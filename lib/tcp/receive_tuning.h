// How large a connection's receive buffer is: fixed when the application said so, else tuned by what the application
// drains in one round-trip time (dynamic right-sizing, as Linux has it).
//
// The buffer starts at TcpConfig::buffers.receive_initial and grows to about twice of what was drained in an RTT, so
// that a sender that doubles its window per RTT is never held back by ours. It grows within a bound per connection and
// a budget of all connections, and not while packets are short. It shrinks, slowly, while the application never catches
// up: then it needs only twice of what it drains now. What was promised stays promised (RFC 9293 SHLD-14): a smaller
// buffer takes nothing back, it promises nothing new until enough is drained.
//
// The state lies in the rare part, taken when two full segments have come since the last ACK: connections of small
// requests pay nothing.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// One measurement after the other. Times are in wheel ticks modulo 2^32.
struct ReceiveTuning {
  bool measuring = false;
  bool left_some = false;          ///< the application never drained all since this measurement began
  SeqNum drained_from;             ///< where the application stood when this measurement began
  std::uint32_t began_at = 0;      ///< when
  std::uint32_t drained = 0;       ///< bytes in one RTT that the buffer was made for
  std::uint32_t rtt_us = 0;        ///< as the receiver sees it; 0: not known yet
  SeqNum window_end;               ///< right edge when the clock of this window was started
  std::uint32_t window_began = 0;  ///< when
  std::uint32_t echo = 0;          ///< the timestamp whose age was the last sample
};

/// The first bound of a receive buffer for which the application chose `bytes`; 0: it is tuned.
[[nodiscard]] std::uint32_t first_receive_buffer(std::uint32_t bytes, const Env& env) noexcept;
/// The largest that it may become: what the window scale is for.
[[nodiscard]] std::uint32_t largest_receive_buffer(std::uint32_t bytes, const Env& env) noexcept;

/// The application chose `bytes`, now or when the connection began; 0: tuned, from what it is now or from the start.
void set_receive_buffer(Tcb& tcb, std::uint32_t bytes, Env& env) noexcept;

/// Text was put into the receive queue; `bulk`: two full segments since the last ACK. Learns the RTT: from the
/// timestamp that comes back, else from the time in which a whole window arrives.
void note_received(Tcb& tcb, const Segment& seg, bool bulk, Env& env) noexcept;

/// The application has drained some of the receive queue: at the end of an RTT the buffer may grow.
void note_drained(Tcb& tcb, Env& env) noexcept;

/// The connection has ended: what its buffer has grown by is others' again.
void give_back_growth(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
