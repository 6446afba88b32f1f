// Was the reduction a mistake? (RFC 3522 Eifel by timestamps, RFC 3708 by D-SACK, RFC 4015 for the answer.)
//
// From the start of recovery every retransmission is counted. If the peer says by D-SACK that it got all of them twice,
// or if an ACK echoes a timestamp from before the first of them, nothing was lost, and the window goes back.
#pragma once

#include <cstdint>

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;
struct AckNews;

struct Undo {
  bool possible = false;            ///< a reduction stands that may be taken back
  bool stamped = false;             ///< first_stamp is set: something was sent again
  SeqNum marker;                    ///< SND.UNA when it happened
  std::uint32_t retransmitted = 0;  ///< segments sent again since, less those that D-SACKs report
  std::uint32_t first_stamp = 0;    ///< TSval of the first of them
};

/// Recovery begins, or the timer expired.
void undo_begin(const Tcb& tcb, Sender& sender) noexcept;
/// A segment is sent again at `now`.
void undo_on_retransmission(const Tcb& tcb, Sender& sender, const Env& env) noexcept;
/// The peer has got [block.left, block.right) twice.
void undo_on_dsack(const Tcb& tcb, Sender& sender, const wire::SackBlock& block) noexcept;
/// True if this ACK shows that nothing was lost.
[[nodiscard]] bool shows_spurious(const Tcb& tcb, const Sender& sender, const AckNews& news) noexcept;

}  // namespace millrace::tcp
