// Connections that wait for the instant at which they may send: who is paced, at which rate, and who is woken when.
//
// The rule is pacing.h's. What a paced connection has besides lies in a slab and is taken with its first paced segment:
// the many that are not paced have none. A connection that may not send yet is armed on the pacing wheel; when its time
// comes it owes data, and the output phase asks again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/slab.h"
#include "tcp/pacing.h"
#include "timer/pacing_wheel.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;

/// Of a shard.
class Departures {
 public:
  /// Reserves address space for as many connections; throws std::bad_alloc.
  Departures(std::uint32_t connections, Time start);

  /// Wakes connections whose time has come, `most` at most.
  void advance(std::size_t most, Env& env) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept { return wheel_.next_deadline(); }
  /// Connections that wait.
  [[nodiscard]] std::size_t waiting() const noexcept { return wheel_.pending(); }
  /// Paced connections, waiting or not.
  [[nodiscard]] std::uint32_t paced() const noexcept { return parts_.used(); }

 private:
  struct Part {
    PacingState pacing;
    std::uint32_t tcb;  ///< index
  };
  static constexpr unsigned kArena = 0;
  [[nodiscard]] PacingState& state_of(const Tcb& tcb, Sender& sender, const Env& env) noexcept;
  void wake_at_next(std::uint32_t index) noexcept;

  friend bool departs_now(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept;
  friend void note_departed(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept;
  friend void note_ran_out(Tcb& tcb, Env& env) noexcept;
  friend void end_pacing(Tcb& tcb, Env& env) noexcept;

  timer::PacingWheel wheel_;
  base::Slab<Part> parts_;
};

/// Bytes per second at which the connection is paced; 0: it is not.
[[nodiscard]] cc::Rate pacing_rate(const Tcb& tcb, const Sender& sender) noexcept;

/// A segment of `length` bytes may leave now. False: the connection will owe data when it may.
[[nodiscard]] bool departs_now(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept;
/// It has left.
void note_departed(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept;
/// It is not for pacing that nothing more is sent.
void note_ran_out(Tcb& tcb, Env& env) noexcept;
/// The connection ends.
void end_pacing(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
