// TIME-WAIT (RFC 9293 3.6.1): entering it, what may still arrive, how it ends.
//
// Why it exists: the last ACK may be lost, and someone must acknowledge the peer's FIN again; and segments of this
// connection may still wander through the network, and must not be taken for a new connection's with the same 4-tuple.
// Both are over after 2 MSL.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "tcp/segment.h"
#include "tcp/time_wait_entry.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
enum class Outcome : std::uint8_t;

/// TIME-WAIT entries by age, oldest first: a doubly linked list through the entries. All last equally long, so this is
/// the order in which they end too, and one timer, the oldest's, does for all.
class TimeWaitAges {
 public:
  explicit TimeWaitAges(base::Slab<TimeWait>& entries) noexcept : entries_(&entries) {}
  void push_newest(std::uint32_t index) noexcept;
  void remove(std::uint32_t index) noexcept;
  /// kNoIndex when there is none.
  [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }

 private:
  base::Slab<TimeWait>* entries_;
  std::uint32_t oldest_ = base::kNoIndex;
  std::uint32_t newest_ = base::kNoIndex;
};

/// Replaces the Tcb by an entry for 2 MSL and ends it normally. When the table is full the oldest entry goes (counted).
void enter_time_wait(Tcb& tcb, Env& env) noexcept;

/// What a segment does to an entry; a newer SYN goes to the listener (RFC 9293 3.10.7.4, MAY-2; RFC 6191).
[[nodiscard]] Outcome time_wait_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept;

/// Ends the entries whose 2 MSL are over, a bounded number of them; the rest at once in the next turn.
void on_time_wait_timer(Env& env) noexcept;

/// 2 MSL are over, or the entry has to make room.
void end_time_wait(std::uint32_t index, Env& env) noexcept;

}  // namespace millrace::tcp
