// The two tests. Timestamps are of a millisecond, so on paths shorter than that only D-SACKs tell.
#include "tcp/undo.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"

namespace millrace::tcp {

void undo_begin(const Tcb& tcb, Sender& sender) noexcept {
  sender.undo = Undo{};
  sender.undo.possible = true;
  sender.undo.marker = tcb.snd_una;
}

void undo_on_retransmission(const Tcb& tcb, Sender& sender, const Env& env) noexcept {
  Undo& undo = sender.undo;
  if (!undo.possible) return;
  ++undo.retransmitted;
  if (undo.stamped) return;
  undo.stamped = true;
  undo.first_stamp = timestamp_clock(env.now) + tcb.ts_offset;
}

void undo_on_dsack(const Tcb& tcb, Sender& sender, const wire::SackBlock& block) noexcept {
  Undo& undo = sender.undo;
  if (!undo.possible || block.right <= undo.marker || block.right > sender.recovery_point) return;
  // More duplicates than were sent again: the network makes them (RFC 3708 3).
  if (sender.dsacks > sender.retransmits) return;
  const std::uint32_t full = payload_limit(tcb);
  const std::uint32_t segments = (block.right - block.left + full - 1) / full;
  undo.retransmitted -= std::min(undo.retransmitted, segments);
}

bool shows_spurious(const Tcb& tcb, const Sender& sender, const AckNews& news) noexcept {
  const Undo& undo = sender.undo;
  if (!undo.possible || !undo.stamped) return false;
  if (undo.retransmitted == 0) return true;
  // RFC 3522 3.2 step 5: the first ACK that covers what was sent again was sent for the original.
  const bool earlier = news.echo && static_cast<std::int32_t>(*news.echo - undo.first_stamp) < 0;
  return earlier && news.advanced && tcb.snd_una > undo.marker;
}

}  // namespace millrace::tcp
