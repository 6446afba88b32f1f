// RFC 8985 6.2, step by step, over the segments in flight in the order of their transmission. The reorder timer is set
// for the first segment that is going to be lost; the RFC takes the last, to save timers, which cost little here.
#include "tcp/rack.h"

#include <algorithm>

#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/recovery.h"
#include "tcp/sender.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kDupThresh = 3;
constexpr std::uint8_t kWindowPersists = 16;

/// RACK_sent_after(): segments of one instant are in the order of their numbers.
bool sent_after(Time t1, SeqNum seq1, Time t2, SeqNum seq2) noexcept { return t1 > t2 || (t1 == t2 && seq1 > seq2); }

/// The ACK was sent for an earlier transmission than the last one: it came too soon, or echoes an older timestamp.
bool acknowledges_the_original(const Tcb& tcb, const Sender& sender, const SentSegment& segment, Duration rtt,
                               std::optional<std::uint32_t> echo) noexcept {
  if (segment.sent_once()) return false;
  const std::uint32_t stamp = timestamp_clock(segment.sent_at) + tcb.ts_offset;
  if (echo && static_cast<std::int32_t>(*echo - stamp) < 0) return true;
  return rtt < sender.rack.min_rtt.get();
}

/// RACK_update_reo_wnd(), the window itself.
Duration reordering_window(const Tcb& tcb, const Sender& sender) noexcept {
  const Rack& rack = sender.rack;
  if (!rack.reordering_seen) {
    if (tcb.phase != cc::Phase::Open) return Duration{0};
    if (sender.sent.segments_sacked() >= kDupThresh) return Duration{0};
  }
  const Duration window = rack.reo_wnd_mult * std::max(rack.min_rtt.get(), Duration{0}) / 4;
  return std::min<Duration>(window, microseconds{tcb.rtt.srtt_us});
}

}  // namespace

void MinRtt::add(Duration rtt, Time at) noexcept {
  if (now.count() < 0 || at - since >= kMinRttWindow) {
    before = now.count() >= 0 && at - since < 2 * kMinRttWindow ? now : Duration{-1};
    now = rtt;
    since = at;
  }
  now = std::min(now, rtt);
}

Duration MinRtt::get() const noexcept { return before.count() < 0 ? now : std::min(before, now); }

void rack_on_delivered(Tcb& tcb, Sender& sender, const SentSegment& segment, std::optional<std::uint32_t> echo,
                       Env& env) noexcept {
  Rack& rack = sender.rack;
  const Duration rtt = env.now - segment.sent_at;
  if (segment.sent_once()) rack.min_rtt.add(rtt, env.now);
  const bool original = acknowledges_the_original(tcb, sender, segment, rtt, echo);
  if (!original) {  // step 2
    if (rack.rtt.count() == 0 || sent_after(segment.sent_at, segment.end(), rack.xmit_ts, rack.end_seq)) {
      rack.rtt = std::max<Duration>(rtt, nanoseconds{1});
      rack.xmit_ts = segment.sent_at;
      rack.end_seq = segment.end();
    }
  }
  if (segment.end() > rack.fack) {  // step 3
    rack.fack = segment.end();
  } else if (segment.end() < rack.fack && (segment.sent_once() || original)) {
    rack.reordering_seen = true;  // also when the original comes after it was sent again: it was late, not lost
  }
}

void rack_on_dsack(Tcb& tcb, Sender& sender, bool dsack) noexcept {
  Rack& rack = sender.rack;
  if (rack.in_dsack_round && tcb.snd_una >= rack.dsack_round) rack.in_dsack_round = false;
  if (rack.in_dsack_round || !dsack) return;
  rack.in_dsack_round = true;
  rack.dsack_round = tcb.snd_nxt;
  if (rack.reo_wnd_mult < 0xff) ++rack.reo_wnd_mult;
  rack.reo_wnd_persist = kWindowPersists;
}

void rack_on_recovered(Rack& rack) noexcept {
  if (rack.reo_wnd_persist > 0) --rack.reo_wnd_persist;
  if (rack.reo_wnd_persist == 0) rack.reo_wnd_mult = 1;
}

std::uint32_t rack_detect_loss(Tcb& tcb, Sender& sender, Env& env) noexcept {
  Rack& rack = sender.rack;
  rack.reo_wnd = reordering_window(tcb, sender);
  if (!tcb.has(kTailProbe)) sender.loss_at = 0;
  if (rack.rtt.count() == 0) return 0;
  std::uint32_t lost = 0;
  for (SentSegment* segment = sender.sent.oldest(); segment != nullptr;) {
    if (!sent_after(rack.xmit_ts, rack.end_seq, segment->sent_at, segment->end())) break;
    const Time lost_at = segment->sent_at + rack.rtt + rack.reo_wnd;
    if (lost_at > env.now) {
      tcb.clear(kTailProbe);
      set_loss_deadline(tcb, sender, lost_at, env);
      break;
    }
    SentSegment& gone = *segment;
    segment = sender.sent.later(gone);
    lost += gone.seg_len();
    mark_lost(tcb, sender, gone, env);
  }
  return lost;
}

void rack_mark_timed_out(Tcb& tcb, Sender& sender, Env& env) noexcept {
  const Rack& rack = sender.rack;
  const Duration window = rack.rtt + reordering_window(tcb, sender);
  const bool by_time = tcb.has(kSackPermitted) && rack.rtt.count() > 0;
  for (SentSegment* segment = sender.sent.front(); segment != nullptr; segment = sender.sent.next(*segment)) {
    if (!segment->in_flight()) continue;
    const bool first = segment == sender.sent.front();
    if (first || !by_time || segment->sent_at + window <= env.now) mark_lost(tcb, sender, *segment, env);
  }
}

}  // namespace millrace::tcp
