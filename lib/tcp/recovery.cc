// One ACK after the other: what it delivers, what is lost by it, what that means for the phase, and what the window
// becomes. Each step's rules are in the file named for it.
#include "tcp/recovery.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/ecn.h"
#include "tcp/env.h"
#include "tcp/sack.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

using cc::Phase;

void put_facts(const Tcb& tcb, const Sender& sender, const Env& env, cc::Sender& facts) noexcept {
  facts.now = env.now;
  facts.smss = payload_limit(tcb);
  facts.in_flight = pipe(tcb, sender);
  facts.flight_size = tcb.flight_size();
  facts.delivered = sender.delivery.delivered;
  facts.srtt = tcb.rtt.srtt_us == 0 ? Duration{-1} : Duration{microseconds{tcb.rtt.srtt_us}};
  facts.min_rtt = sender.rack.min_rtt.get();
  facts.sack = tcb.has(kSackPermitted);
}

cc::Sender facts(const Tcb& tcb, const Sender& sender, const Env& env) noexcept {
  cc::Sender facts;
  put_facts(tcb, sender, env, facts);
  return facts;
}

/// F-RTO step 3: something that was sent once, before the timer expired.
bool is_original(const Tcb& tcb, const Sender& sender, const SentSegment& segment) noexcept {
  return tcb.phase == Phase::Loss && segment.sent_once() && segment.end() <= sender.recovery_point;
}

/// What SEG.ACK covers leaves the list and the queue.
void take_cumulative(Tcb& tcb, Sender& sender, SeqNum ack, AckNews& news, Env& env) noexcept {
  news.sample.acked = ack - tcb.snd_una;
  news.advanced = true;
  acknowledge_queue(tcb, ack, env);
  while (SentSegment* const first = sender.sent.front()) {
    if (first->seq >= ack) break;
    const std::uint32_t covered = std::min(ack - first->seq, first->seg_len());
    if (!first->sacked()) {
      if (!first->sent_once()) news.ambiguous = true;
      note_delivered(tcb, sender, *first, covered, news, env);
    }
    if (covered < first->seg_len()) {
      pkt::Packet* const packet = tcb.snd_queue.front();
      sender.sent.cut_front(covered, packet, packet == nullptr ? std::uint16_t{0} : packet->meta().slice_offset);
      break;
    }
    sender.sent.remove(*first);
  }
  tcb.snd_una = ack;
  sender.reduced_until = max(sender.reduced_until, ack);  // or 2^31 bytes later it would lie ahead
}

void take_rtt(Tcb& tcb, AckNews& news) noexcept {
  if (news.ambiguous) news.sample.rtt = Duration{-1};
  if (news.sample.rtt.count() >= 0) tcb.rtt.add_sample(news.sample.rtt);
}

std::uint32_t find_losses(Tcb& tcb, Sender& sender, AckNews& news, Env& env) noexcept {
  if (tcb.has(kSackPermitted)) {
    rack_on_dsack(tcb, sender, news.dsack);
    return rack_detect_loss(tcb, sender, env);
  }
  if (news.advanced) return take_partial_ack(tcb, sender, news, env);
  return news.duplicate ? take_duplicate_ack(tcb, sender, news, env) : 0;
}

/// RFC 9937 6: RecoverFS leaves out what was SACKed before this ACK, for it will not be delivered during recovery.
std::uint32_t recover_flight(const Tcb& tcb, const Sender& sender, const AckNews& news) noexcept {
  const std::uint32_t sacked_before = sender.sent.sacked() - news.sacked;
  return tcb.flight_size() - std::min(sacked_before, tcb.flight_size()) + news.sample.acked;
}

void enter_recovery(Tcb& tcb, Sender& sender, const AckNews& news, Env& env) noexcept {
  undo_begin(tcb, sender);
  sender.control.on_recovery(sender.window, facts(tcb, sender, env));
  sender.prr.start(recover_flight(tcb, sender, news));
  sender.recovery_point = sender.reduced_until = tcb.snd_nxt;
  tcb.phase = Phase::Recovery;
  sender.probe.outstanding = false;
  ecn_window_fell(tcb);
  ++env.count.fast_retransmits;
}

/// RFC 9937 6; without SACK a burst must be avoided by RFC 6582 3.2 step 3. SMSS may have grown since ssthresh was set
/// (path MTU), and a window below one segment would send nothing.
std::uint32_t window_after_recovery(const Tcb& tcb, const Sender& sender) noexcept {
  const std::uint32_t segment = payload_limit(tcb);
  const std::uint32_t window = std::max(sender.window.ssthresh, segment);
  if (tcb.has(kSackPermitted)) return window;
  return std::min(window, std::max(tcb.flight_size(), segment) + segment);
}

/// All that was outstanding when it began is acknowledged.
void leave_recovery(Tcb& tcb, Sender& sender, Env& env) noexcept {
  if (tcb.phase == Phase::Recovery && !sender.control.own_recovery())
    sender.window.cwnd = window_after_recovery(tcb, sender);
  tcb.phase = Phase::Open;
  sender.f_rto = FRto{};
  sender.send_lost = false;
  sender.control.on_recovered(sender.window, facts(tcb, sender, env));
  rack_on_recovered(sender.rack);
}

/// Nothing was lost: back to what was before (RFC 4015 3.2).
void undo_recovery(Tcb& tcb, Sender& sender, Env& env) noexcept {
  ++(tcb.phase == Phase::Loss ? env.count.spurious_timeouts : env.count.spurious_recoveries);
  sender.sent.restore_lost();
  sender.undo.possible = false;
  sender.rack.reordering_seen = true;  // what was late was taken for lost
  sender.control.on_spurious(sender.window, facts(tcb, sender, env));
  tcb.phase = Phase::Open;
  sender.f_rto = FRto{};
  sender.send_lost = false;
}

/// What this ACK means for the phase.
void next_phase(Tcb& tcb, Sender& sender, const AckNews& news, std::uint32_t lost, Env& env) noexcept {
  if (shows_spurious(tcb, sender, news)) {
    undo_recovery(tcb, sender, env);
  } else if (tcb.phase == Phase::Loss && f_rto_on_ack(tcb, sender, news)) {
    undo_recovery(tcb, sender, env);
  }
  if (tcb.phase != Phase::Open && tcb.snd_una >= sender.recovery_point) leave_recovery(tcb, sender, env);
  if (tcb.phase == Phase::Open && lost > 0 && sender.sent.any_lost()) enter_recovery(tcb, sender, news, env);
}

void set_window(Tcb& tcb, Sender& sender, AckNews& news, Phase before, std::uint32_t lost, Env& env) noexcept {
  cc::AckSample& sample = news.sample;
  put_facts(tcb, sender, env, sample);
  sample.newly_lost = lost;
  // The ACK that ends a recovery does not grow the window.
  sample.phase = before == Phase::Recovery ? before : tcb.phase;
  sample.rate = delivery_sample(sender.delivery, news.rate, sender.rack.min_rtt.get());
  if (tcb.phase == Phase::Recovery && !sender.control.own_recovery()) {
    const bool safe = news.advanced && lost == 0;
    sender.window.cwnd =
        sender.prr.cwnd_on_ack(sample.newly_delivered, sample.in_flight, sender.window.ssthresh, sample.smss, safe);
  }
  sender.control.on_ack(sender.window, sample);
}

/// The deadline of the tail probe, which nothing outstanding needs, is lent to the end of the sending part's wait.
void await_idle(Tcb& tcb, Sender& sender, Env& env) noexcept {
  tcb.set(kTailProbe);
  set_loss_deadline(tcb, sender, env.now + kSenderIdle, env);
}

void restart_timers(Tcb& tcb, Sender& sender, Env& env) noexcept {
  tcb.rtt.backoff = 0;
  tcb.clear(kRetransmitted);
  if (tcb.flight_size() == 0) {
    stop_retransmission_timer(tcb, env);
    await_idle(tcb, sender, env);
    return;
  }
  start_retransmission_timer(tcb, env);
  restart_user_timer(tcb, env);
  schedule_tail_probe(tcb, sender, env);
}

/// A window no larger than a new connection's, and no sign of loss, reordering or a limit. BBR's model of the path and
/// DCTCP's estimate of its marks are worth more than the memory.
bool knows_as_much_as_a_new_one(const Tcb& tcb, const Sender& sender) noexcept {
  const cc::Algorithm algorithm = sender.control.algorithm();
  return (algorithm == cc::Algorithm::NewReno || algorithm == cc::Algorithm::Cubic) && tcb.phase == Phase::Open &&
         sender.window.ssthresh == cc::kNoSsthresh && sender.window.cwnd <= cc::initial_window(payload_limit(tcb)) &&
         !sender.rack.reordering_seen && sender.dsacks == 0 && sender.retransmits == 0 && sender.bytes_again == 0 &&
         sender.delivery.lost_segments == 0;
}

}  // namespace

void note_delivered(Tcb& tcb, Sender& sender, const SentSegment& segment, std::uint32_t bytes, AckNews& news,
                    Env& env) noexcept {
  news.sample.newly_delivered += bytes;
  if (is_original(tcb, sender, segment)) news.original = true;
  // The newest is the one that waited least for its ACK.
  const Duration rtt = env.now - segment.sent_at;
  if (segment.sent_once() && (news.sample.rtt.count() < 0 || rtt < news.sample.rtt)) news.sample.rtt = rtt;
  delivery_on_delivered(sender.delivery, segment, bytes, news.rate, env.now);
  // Behind a hole the peer goes on echoing the stamp of what came before it (RFC 7323 4.3): that says nothing of what
  // is SACKed now.
  rack_on_delivered(tcb, sender, segment, segment.seq < news.ack ? news.echo : std::nullopt, env);
}

void mark_lost(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept {
  sender.delivery.lost += segment.seg_len();
  ++sender.delivery.lost_segments;
  const cc::LostSegment lost{.length = segment.seg_len(),
                             .tx_in_flight = segment.tx_in_flight,
                             .lost = sender.delivery.lost - segment.lost,
                             .app_limited = (segment.flags & SentSegment::kAppLimited) != 0,
                             .sequence = segment.seq.raw()};
  sender.sent.mark_lost(segment);
  sender.control.on_lost(sender.window, facts(tcb, sender, env), lost);
}

Sender& recovery_start(Tcb& tcb, Env& env) noexcept {
  if (Sender* const sender = env.table.find_sender(tcb)) return *sender;
  Sender& sender = env.table.add_sender(tcb);
  sender.recovery_point = sender.reduced_until = tcb.snd_una - 1;  // RFC 6582 3.2: at first the ISN
  sender.rack.fack = tcb.snd_una;
  // After an idle time the smoothed RTT stands for the least one, until there are samples.
  if (tcb.data_segments > 0 && tcb.rtt.srtt_us != 0) sender.rack.min_rtt.add(microseconds{tcb.rtt.srtt_us}, env.now);
  sender.control.start(sender.window, facts(tcb, sender, env));
  return sender;
}

void recovery_on_idle(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  const bool idle = tcb.flight_size() == 0 && tcb.snd_queue.empty();
  if (sender == nullptr || !idle || !knows_as_much_as_a_new_one(tcb, *sender)) return;
  end_pacing(tcb, env);
  env.table.drop_sender(tcb);
}

void recovery_choose(Tcb& tcb, cc::Algorithm algorithm, Env& env) noexcept {
  tcb.algorithm = algorithm;
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || sender->control.algorithm() == algorithm) return;
  sender->control = cc::CongestionControl{algorithm};
  sender->window.pacing_rate = 0;
  sender->control.start(sender->window, facts(tcb, *sender, env));
}

void recovery_on_restart(Tcb& tcb, Sender& sender, Duration idle, Env& env) noexcept {
  sender.control.on_restart(sender.window, facts(tcb, sender, env), idle);
  // RFC 7661 4.3 keeps the window and asks that it does not leave as one burst: no ACKs clock it now.
  if (idle > tcb.rtt.rto(env.config)) sender.paced_until = sender.delivery.delivered + 1;
}

void recovery_on_ack(Tcb& tcb, const Segment& seg, bool duplicate, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  // With nothing outstanding only a D-SACK may still say something.
  if (sender == nullptr || (tcb.flight_size() == 0 && seg.options.sack_count == 0)) return;
  AckNews news;
  news.ack = seg.ack;
  news.duplicate = duplicate;
  news.sample.prior_in_flight = pipe(tcb, *sender);
  news.sample.cwnd_limited = tcb.has(kCwndLimited);
  if (tcb.has(kTimestamps) && seg.options.has_timestamps) news.echo = seg.options.ts_ecr;
  if (seg.ack > tcb.snd_una) take_cumulative(tcb, *sender, seg.ack, news, env);
  if (tcb.has(kSackPermitted)) take_sack(tcb, *sender, seg, news, env);
  take_rtt(tcb, news);
  const std::uint32_t lost = find_losses(tcb, *sender, news, env);
  const Phase before = tcb.phase;
  next_phase(tcb, *sender, news, lost, env);
  if (tail_probe_on_ack(tcb, *sender, seg, news)) recovery_on_probe_repair(tcb, *sender, env);
  ecn_on_ack(tcb, seg, news.sample, env);
  if (news.sample.ece) recovery_on_ecn(tcb, env);
  set_window(tcb, *sender, news, before, lost, env);
  if (news.advanced) restart_timers(tcb, *sender, env);
  if (news.advanced || news.sacked > 0 || duplicate || lost > 0) owe(tcb, kOweData, env);
}

void recovery_on_sent(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept {
  segment.sent_at = env.now;
  delivery_on_sent(sender.delivery, segment, pipe(tcb, sender) - segment.seg_len(), env.now);
  if (tcb.phase == Phase::Recovery) sender.prr.on_sent(segment.seg_len());
  schedule_tail_probe(tcb, sender, env);
}

void recovery_on_resent(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept {
  const std::uint32_t in_network = pipe(tcb, sender) - (segment.in_flight() ? segment.seg_len() : 0);
  sender.sent.mark_sent(segment, env.now);
  delivery_on_sent(sender.delivery, segment, in_network, env.now);
  if (tcb.phase == Phase::Recovery) sender.prr.on_sent(segment.seg_len());
  undo_on_retransmission(tcb, sender, env);
  sender.send_lost = false;
}

void recovery_on_timeout(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr) return;
  // Within fast recovery the window has fallen for these losses already.
  const bool first_expiry = !tcb.has(kRetransmitted) && tcb.phase != Phase::Recovery;
  tcb.set(kRetransmitted);
  f_rto_begin(tcb, *sender);
  // RFC 2018 8: the first segment is never SACKed, unless the peer has dropped what it had reported.
  if (sender->sent.front() != nullptr && sender->sent.front()->sacked()) {
    sender->sent.forget_sacked();
    ++env.count.sacks_reneged;
  }
  rack_mark_timed_out(tcb, *sender, env);
  sender->duplicates = DuplicateAcks{};
  sender->known_blocks = {};
  if (tcb.phase != Phase::Loss) undo_begin(tcb, *sender);
  sender->control.on_timeout(sender->window, facts(tcb, *sender, env), first_expiry);
  tcb.phase = Phase::Loss;
  sender->recovery_point = sender->reduced_until = tcb.snd_nxt;
  sender->probe.outstanding = false;
  sender->send_lost = true;
  ecn_window_fell(tcb);
  sender->loss_at = 0;
  tcb.clear(kTailProbe);
  owe(tcb, kOweData, env);
}

void recovery_on_reorder_deadline(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr) return;
  AckNews news;
  const std::uint32_t lost = rack_detect_loss(tcb, *sender, env);
  if (lost == 0) return;
  if (tcb.phase == Phase::Open) enter_recovery(tcb, *sender, news, env);
  if (tcb.phase == Phase::Recovery && !sender->control.own_recovery())
    sender->window.cwnd =
        sender->prr.cwnd_on_ack(0, pipe(tcb, *sender), sender->window.ssthresh, payload_limit(tcb), false);
  owe(tcb, kOweData, env);
}

void recovery_on_probe_repair(Tcb& tcb, Sender& sender, Env& env) noexcept {
  if (tcb.phase != Phase::Open) return;
  sender.control.on_recovery(sender.window, facts(tcb, sender, env));
  if (!sender.control.own_recovery()) sender.window.cwnd = std::min(sender.window.cwnd, sender.window.ssthresh);
  ecn_window_fell(tcb);
  sender.control.on_recovered(sender.window, facts(tcb, sender, env));
}

void recovery_on_ecn(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || tcb.phase != Phase::Open || tcb.snd_una < sender->reduced_until) return;
  sender->control.on_ecn(sender->window, facts(tcb, *sender, env));
  sender->reduced_until = tcb.snd_nxt;
  ecn_window_fell(tcb);
  ++env.count.ecn_reductions;
}

void recovery_after_persist(Tcb& tcb, Env& env) noexcept { recovery_on_too_big(tcb, tcb.snd_una, env); }

void recovery_on_too_big(Tcb& tcb, SeqNum from, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr) return;
  for (SentSegment* segment = sender->sent.front(); segment != nullptr; segment = sender->sent.next(*segment))
    if (segment->in_flight() && segment->end() > from) sender->sent.mark_lost(*segment);
  sender->duplicates = DuplicateAcks{};
  sender->loss_at = 0;
  tcb.clear(kTailProbe);
}

SentSegment* retransmission_due(Sender& sender) noexcept {
  return sender.f_rto.send_new ? nullptr : sender.sent.first_lost();
}

std::uint32_t window_of(const Tcb& tcb, const ConnectionTable& table) noexcept {
  const Sender* const sender = table.find_sender(tcb);
  return sender == nullptr ? tcb.sender_or_cwnd : sender->window.cwnd;
}

void set_window_of(Tcb& tcb, std::uint32_t cwnd, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  (sender == nullptr ? tcb.sender_or_cwnd : sender->window.cwnd) = cwnd;
}

std::uint32_t pipe(const Tcb& tcb, const Sender& sender) noexcept {
  const std::uint32_t gone = sender.sent.sacked() + sender.sent.lost() + sender.duplicates.delivered;
  return tcb.flight_size() > gone ? tcb.flight_size() - gone : 0;
}

std::uint32_t cwnd_room(const Tcb& tcb, const Sender& sender) noexcept {
  const std::uint32_t in_network = pipe(tcb, sender);
  return sender.window.cwnd > in_network ? sender.window.cwnd - in_network : 0;
}

}  // namespace millrace::tcp
