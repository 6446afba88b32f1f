// Fifth: check the ACK field (RFC 9293 3.10.7.4, RFC 5961 5): what the peer has, how much it takes, and what follows
// for our FIN.
#include <algorithm>

#include "tcp/challenge_ack.h"
#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/recovery.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"
#include "tcp/send_tuning.h"
#include "tcp/time_wait.h"
#include "tcp/timers.h"
#include "tcp/timestamps.h"

namespace millrace::tcp {
namespace {

/// RFC 5961 5: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT.
bool ack_plausible(const Tcb& tcb, const Segment& seg) noexcept {
  return seg.ack <= tcb.snd_nxt && seg.ack >= tcb.snd_una - tcb.max_snd_wnd;
}

/// RFC 5681 2: the same ACK again, with nothing in it, while data is outstanding. The answer to a probe is none: it
/// says that the window is still shut, not that a segment was lost.
bool is_duplicate(const Tcb& tcb, const Segment& seg, std::uint32_t window) noexcept {
  return seg.ack == tcb.snd_una && tcb.flight_size() > 0 && seg.len == 0 && !seg.ctl.fin() && window == tcb.snd_wnd &&
         window > 0 && !tcb.has(kPersist);
}

/// The window is open. Probes end; so does a wait of backed-off timeouts for what was sent before the peer shut its
/// window and dropped it.
void window_open(Tcb& tcb, bool was_shut, Env& env) noexcept {
  const bool dropped = was_shut && tcb.phase == cc::Phase::Loss && tcb.flight_size() > 0;
  if (!tcb.has(kPersist) && !dropped) return;
  tcb.clear(kPersist);
  tcb.rtt.backoff = 0;
  tcb.rexmit_at = 0;
  if (tcb.flight_size() > 0) {
    recovery_after_persist(tcb, env);
    start_retransmission_timer(tcb, env);
    restart_user_timer(tcb, env);
  } else {
    stop_retransmission_timer(tcb, env);
  }
}

/// "The send window should be updated" only by segments newer than the last that did. Of the same SEG.SEQ, that is one
/// with SND.WL2 =< SEG.ACK; SND.WL2 was acknowledged, so it is at most SND.UNA, and =< SEG.ACK of all that may update.
void update_send_window(Tcb& tcb, const Segment& seg, std::uint32_t window, Env& env) noexcept {
  if (seg.seq < tcb.snd_wl1 || seg.ack < tcb.snd_una) return;
  const bool opened = window > tcb.snd_wnd, was_shut = tcb.snd_wnd == 0;
  tcb.snd_wnd = window;
  tcb.snd_wl1 = seg.seq;
  tcb.max_snd_wnd = std::max(tcb.max_snd_wnd, window);
  if (window > 0) window_open(tcb, was_shut, env);
  if (opened) owe(tcb, kOweData, env);
}

/// The application learns that there is room again once a third of the buffer is free, not at every byte.
void tell_room(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kWantRoom) || tcb.snd_queue.truesize() > tcb.snd_buffer / 3 * 2) return;
  tcb.clear(kWantRoom);
  tell(tcb, EventKind::Writable, env);
}

Step abort_when_acked(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kAbortWhenAcked) || !tcb.snd_queue.empty()) return Step::Continue;
  reset_connection(tcb, tcb.rule, env);
  return Step::Done;
}

/// close() waited for this: all that was queued has arrived, and the rest goes on without the application.
void lingered(Tcb& tcb, Env& env) noexcept {
  clear_deadline(tcb, &RarePart::linger_at, env);
  tcb.rule = CloseRule::ClosedByUs;
  tell(tcb, EventKind::Closed, env);
}

/// What an acknowledged FIN means in each state.
Step our_fin_acknowledged(Tcb& tcb, Env& env) noexcept {
  switch (tcb.state) {
    case State::FinWait1:
      set_state(tcb, State::FinWait2, env);
      if (tcb.has(kOrphan)) limit_fin_wait_2(tcb, env);
      if (tcb.has(kLingering)) lingered(tcb, env);
      return Step::Continue;
    case State::Closing:
      enter_time_wait(tcb, env);
      return Step::Done;
    case State::LastAck:
      terminate(tcb, CloseRule::ClosedByPeer, env);
      return Step::Done;
    default:
      return Step::Continue;
  }
}

/// SYN-RECEIVED: the ACK completes the handshake or is answered by <SEQ=SEG.ACK><CTL=RST>.
Step complete_handshake(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (seg.ack <= tcb.snd_una || seg.ack > tcb.snd_nxt) {
    reply_reset(seg, env);
    outcome = Outcome::DroppedBadHandshake;
    return Step::Done;
  }
  become_established(tcb, seg, env);
  return Step::Continue;
}

}  // namespace

Step check_ack(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (!seg.ctl.ack()) {
    outcome = Outcome::DroppedNoAck;
    return Step::Done;
  }
  seg.completes_handshake = tcb.state == State::SynReceived;
  if (seg.completes_handshake && complete_handshake(tcb, seg, env, outcome) == Step::Done) return Step::Done;
  if (!ack_plausible(tcb, seg)) {
    challenge_ack(tcb, env);
    outcome = Outcome::DroppedAckOutside;
    return Step::Done;
  }
  note_timestamp(tcb, seg, env);
  const std::uint32_t window = seg.wnd << tcb.snd_wscale;
  if (seg.ack >= tcb.snd_una) recovery_on_ack(tcb, seg, is_duplicate(tcb, seg, window), env);
  update_send_window(tcb, seg, window, env);
  // A peer that answers probes or keeps its window shut is alive (MUST-37).
  if (tcb.snd_wnd == 0 && tcb.user_at != 0 && !tcb.has(kOrphan)) restart_user_timer(tcb, env);
  limit_orphan_wait(tcb, env);
  if (tcb.has(kWantRoom)) tune_send_buffer(tcb, window_of(tcb, env.table), env);
  tell_room(tcb, env);
  if (abort_when_acked(tcb, env) == Step::Done) return Step::Done;
  return tcb.fin_acked() ? our_fin_acknowledged(tcb, env) : Step::Continue;
}

}  // namespace millrace::tcp
