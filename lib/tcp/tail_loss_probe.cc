// RFC 8985 7.2 to 7.4. The probe's deadline and RACK's reorder deadline share one place (Tcb::loss_at): either one is
// enough. A last segment of less than a full one may wait for the peer's delayed ACK, whatever the number of segments:
// many receivers count bytes.
#include "tcp/tail_loss_probe.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/env.h"
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

Duration probe_timeout(const Tcb& tcb) noexcept {
  if (tcb.rtt.srtt_us == 0) return kFirstTimeout;
  const Duration two_rtt = microseconds{2 * std::int64_t{tcb.rtt.srtt_us}};
  return tcb.flight_size() <= tcb.smss ? two_rtt + kMaxAckDelay : two_rtt;
}

bool probe_makes_sense(const Tcb& tcb, Sender& sender) noexcept {
  return tcb.has(kSackPermitted) && tcb.phase == cc::Phase::Open && !tcb.has(kPersist) && !sender.probe.outstanding &&
         sender.sent.segments_sacked() == 0 && !sender.sent.any_lost() && !sender.sent.empty();
}

/// Old data goes inside the peer's window only, and it may have shrunk (SHLD-16).
bool inside_window(const Tcb& tcb, const SentSegment& segment) noexcept {
  return segment.seq == tcb.snd_una || segment.seq < tcb.snd_una + tcb.snd_wnd;
}

}  // namespace

void schedule_tail_probe(Tcb& tcb, Sender& sender, Env& env) noexcept {
  if (tcb.loss_at != 0 && !tcb.has(kTailProbe)) return;  // RACK's reorder timer is enough
  tcb.clear(kTailProbe);
  tcb.loss_at = 0;
  if (!probe_makes_sense(tcb, sender)) return;
  const Time at = env.now + probe_timeout(tcb);
  if (tcb.rexmit_at != 0 && to_time(tcb.rexmit_at, env.now) <= to_time(to_tick(at), env.now)) return;
  tcb.set(kTailProbe);
  set_deadline(tcb, &Tcb::loss_at, at, env);
}

void on_tail_probe_deadline(Tcb& tcb, Env& env) noexcept {
  tcb.clear(kTailProbe);
  owe(tcb, kOweTailProbe, env);
}

bool send_tail_probe(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || !probe_makes_sense(tcb, *sender)) return true;
  if (env.out.room() == 0) return false;
  const SeqNum before = tcb.snd_nxt;
  if (!send_one_new(tcb, env)) return false;
  const bool is_retrans = tcb.snd_nxt == before;
  if (is_retrans) {
    if (!inside_window(tcb, *sender->sent.back())) return true;
    if (!send_segment_again(tcb, *sender, *sender->sent.back(), env)) return false;
  }
  sender->probe = {.outstanding = true, .is_retrans = is_retrans, .end_seq = tcb.snd_nxt};
  ++env.count.tail_loss_probes;
  tcb.loss_at = 0;
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
