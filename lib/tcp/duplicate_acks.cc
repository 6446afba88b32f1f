// RFC 6582 3.2: step 2 decides whether three duplicates begin a recovery, step 3 what a partial acknowledgment means:
// the next hole.
#include "tcp/duplicate_acks.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/env.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"

namespace millrace::tcp {
namespace {

constexpr std::uint8_t kDupThreshold = 3;

std::uint32_t first_is_lost(Tcb& tcb, Sender& sender, Env& env) noexcept {
  SentSegment* const first = sender.sent.front();
  if (first == nullptr || !first->in_flight()) return 0;
  const std::uint32_t length = first->seg_len();
  mark_lost(tcb, sender, *first, env);
  return length;
}

/// Step 2: at the recovery point itself duplicates may come from what recovery sent again needlessly, and a second
/// reduction for one window of losses must not follow. (In Open SND.UNA is never before it.)
bool covers_more_than_recover(const Tcb& tcb, const Sender& sender) noexcept {
  return tcb.snd_una != sender.recovery_point;
}

}  // namespace

std::uint32_t take_duplicate_ack(Tcb& tcb, Sender& sender, AckNews& news, Env& env) noexcept {
  DuplicateAcks& duplicates = sender.duplicates;
  if (duplicates.count < 0xff) ++duplicates.count;
  if (tcb.phase == cc::Phase::Loss) return 0;  // what the timer sent again needlessly causes them too
  // What was never in the network can't have left it.
  const std::uint32_t left = std::min(payload_limit(tcb), pipe(tcb, sender));
  duplicates.delivered += left;
  news.sample.newly_delivered += left;
  sender.delivery.delivered += left;
  const bool enters = duplicates.count == kDupThreshold && tcb.phase == cc::Phase::Open;
  return enters && covers_more_than_recover(tcb, sender) ? first_is_lost(tcb, sender, env) : 0;
}

std::uint32_t take_partial_ack(Tcb& tcb, Sender& sender, AckNews& news, Env& env) noexcept {
  DuplicateAcks& duplicates = sender.duplicates;
  const std::uint32_t counted = std::min(duplicates.delivered, news.sample.acked);
  duplicates.delivered -= counted;
  duplicates.count = 0;
  news.sample.newly_delivered -= counted;
  sender.delivery.delivered -= counted;
  if (tcb.phase == cc::Phase::Open) duplicates.delivered = 0;
  if (tcb.phase != cc::Phase::Recovery || tcb.snd_una >= sender.recovery_point) return 0;
  sender.send_lost = true;  // step 3: at once, whatever the window
  return first_is_lost(tcb, sender, env);
}

}  // namespace millrace::tcp
