// RFC 8985 7.2 to 7.4. The probe's deadline and RACK's reorder deadline share one place (Sender::loss_at): either one
// is enough.
#include "tcp/tail_loss_probe.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/env.h"
#include "tcp/recovery.h"
#include "tcp/send_data.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// TLP.max_ack_delay: a peer's delayed ACK.
constexpr Duration kMaxAckDelay = milliseconds{200};
/// Without an RTT (7.2).
constexpr Duration kFirstTimeout = seconds{1};

Duration probe_timeout(const Tcb& tcb, const Sender& sender) noexcept {
  if (tcb.rtt.srtt_us == 0) return kFirstTimeout;
  const Duration two_rtt = microseconds{2 * std::int64_t{tcb.rtt.srtt_us}};
  return sender.sent.segments() == 1 ? two_rtt + kMaxAckDelay : two_rtt;
}

/// Whether the last probe carried what had been lost is not known until something behind it is acknowledged or a D-SACK
/// comes (7.4.2); when all before it is acknowledged, that does not hold up the next one.
bool waits_for_the_last(const Tcb& tcb, const Sender& sender) noexcept {
  return sender.probe.outstanding && tcb.snd_una < sender.probe.end_seq;
}

bool probe_makes_sense(const Tcb& tcb, Sender& sender) noexcept {
  return tcb.syn_acked() && tcb.has(kSackPermitted) && tcb.phase == cc::Phase::Open && !tcb.has(kPersist) &&
         !waits_for_the_last(tcb, sender) && sender.sent.segments_sacked() == 0 && !sender.sent.any_lost() &&
         !sender.sent.empty();
}

/// Old data goes inside the peer's window only, and it may have shrunk (SHLD-16).
bool inside_window(const Tcb& tcb, const SentSegment& segment) noexcept {
  return segment.seq == tcb.snd_una || segment.seq < tcb.snd_una + tcb.snd_wnd;
}

}  // namespace

void schedule_tail_probe(Tcb& tcb, Sender& sender, Env& env) noexcept {
  if (sender.loss_at != 0 && !tcb.has(kTailProbe)) return;  // RACK's reorder timer is enough
  tcb.clear(kTailProbe);
  sender.loss_at = 0;
  if (!probe_makes_sense(tcb, sender)) return;
  // Never later than the retransmission timer, in whose place it goes then.
  const Time timeout = to_time(tcb.rexmit_at, env.now);
  tcb.set(kTailProbe);
  set_loss_deadline(tcb, sender, std::min(env.now + probe_timeout(tcb, sender), timeout), env);
}

void on_tail_probe_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.clear(kTailProbe);
  if (tcb.flight_size() == 0) return recovery_on_idle(tcb, env);
  start_retransmission_timer(tcb, env);
  owe(tcb, kOweTailProbe, env);
}

bool send_tail_probe(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || !probe_makes_sense(tcb, *sender)) return true;
  if (env.out.room() == 0) return false;
  // Two round trips have passed without a D-SACK: the last probe was needed.
  if (sender->probe.outstanding) recovery_on_probe_repair(tcb, *sender, env);
  sender->probe.outstanding = false;
  const SeqNum before = tcb.snd_nxt;
  if (!send_one_new(tcb, env)) return false;
  const bool is_retrans = tcb.snd_nxt == before;
  if (is_retrans) {
    if (!inside_window(tcb, *sender->sent.back())) return true;
    if (!send_segment_again(tcb, *sender, *sender->sent.back(), env)) return false;
  }
  sender->probe = {.outstanding = true, .is_retrans = is_retrans, .end_seq = tcb.snd_nxt};
  ++env.count.tail_loss_probes;
  sender->loss_at = 0;
  tcb.clear(kTailProbe);
  start_retransmission_timer(tcb, env);
  return true;
}

bool tail_probe_on_ack(const Tcb& tcb, Sender& sender, const Segment& seg, const AckNews& news) noexcept {
  TailLossProbe& probe = sender.probe;
  if (!probe.outstanding || seg.ack < probe.end_seq) return false;
  if (!probe.is_retrans || news.dsack) {  // the original arrived too
    probe.outstanding = false;
    return false;
  }
  if (seg.ack > probe.end_seq) {  // what follows it was acknowledged, and no D-SACK came: the probe filled the hole
    probe.outstanding = false;
    return true;
  }
  if (news.duplicate && seg.options.sack_count == 0 && tcb.snd_una == seg.ack) probe.outstanding = false;
  return false;
}

}  // namespace millrace::tcp
