// Segments in: RFC 9293 3.10.7 as far as a client needs it whose wire keeps the order.
//
// Text that does not continue what was received is dropped and answered by an ACK, so the peer sends it again. What is
// accepted is handed to the job at once, out of the packet.
#include <algorithm>

#include "engine.h"
#include "wire/tcp_header.h"

namespace millrace::load {
namespace {

using wire::Ctl;

std::uint32_t seg_len(const Arrival& seg) noexcept {
  return static_cast<std::uint32_t>(seg.text.size()) + (seg.ctl.syn() ? 1u : 0u) + (seg.ctl.fin() ? 1u : 0u);
}

}  // namespace

void Engine::segment_arrives(Connection& c, Arrival& seg) noexcept {
  if (!part_of(c).header.is_target(seg.remote, seg.remote_port)) [[unlikely]] {
    ++frames_.strays;
    return;
  }
  switch (c.state) {
    case State::Open:
      return open_state(c, seg);
    case State::SynSent:
      return syn_sent_state(c, seg);
    case State::Closed:
      return closed_state(c, seg);
  }
}

/// 3.10.7.1, and TIME-WAIT for a FIN that comes again because our last ACK was lost. What answers a flood's SYNs is
/// not answered: a flood is silent.
void Engine::closed_state(Connection& c, const Arrival& seg) noexcept {
  const bool fin_again = c.has(flag::kPeerFin) && seg.ctl.fin() && seg.seq + seg_len(seg) == c.rcv_nxt;
  if (fin_again)
    (void)send_control(c, c.snd_max, Ctl::kAck);
  else if (!seg.ctl.rst() && !(seg.ctl.syn() && seg.ctl.ack()))
    reply_reset(c, seg);
}

/// 3.10.7.3. A SYN without ACK is a simultaneous open, which no server does.
void Engine::syn_sent_state(Connection& c, const Arrival& seg) noexcept {
  if (!seg.ctl.ack()) return;
  if (seg.ack != c.snd_max) {
    if (!seg.ctl.rst()) reply_reset(c, seg);
    return;
  }
  if (seg.ctl.rst()) return end(c, End::Reset);
  if (!seg.ctl.syn()) return;
  const wire::TcpOptions options = wire::parse_tcp_options(seg.options);
  constexpr std::uint16_t kDefaultMss = 536;  // 3.7.1
  c.irs = seg.seq;
  c.rcv_nxt = seg.seq + 1;
  c.snd_una = c.snd_nxt = seg.ack;
  c.snd_edge = seg.ack + seg.window;  // never scaled in a SYN (RFC 7323 2.2)
  c.snd_scale = options.has_window_scale ? options.window_scale : std::uint8_t{0};
  c.smss = std::min(smss_limit_, std::max<std::uint16_t>(1, options.mss == 0 ? kDefaultMss : options.mss));
  c.tick = tick_;
  c.tries = 0;
  c.state = State::Open;
  c.clear(flag::kSynOwed);
  c.set(flag::kAckOwed);
  list(c);
  Part& part = part_of(c);
  ++part.open;
  part.job->on_open(c);
}

/// 3.10.7.4, its steps in their order.
void Engine::open_state(Connection& c, Arrival& seg) noexcept {
  if (seg.seq != c.rcv_nxt && !trim(c, seg)) [[unlikely]]
    return;
  if (seg.ctl.rst()) [[unlikely]]
    return end(c, End::Reset);
  if (seg.ctl.syn()) [[unlikely]] {
    c.set(flag::kAckOwed);
    return list(c);
  }
  if (!seg.ctl.ack() || !process_ack(c, seg)) return;
  if (!seg.text.empty()) process_text(c, seg);
  if (seg.ctl.fin() && !c.has(flag::kPeerFin)) {
    c.rcv_nxt += 1;
    c.set(flag::kPeerFin | flag::kAckOwed);
    list(c);
    part_of(c).job->on_peer_fin(c);
  }
  if (c.finished()) end(c, End::Closed);
}

/// Leaves what begins at RCV.NXT. False, and an ACK is owed if the segment asks for one, when nothing does.
bool Engine::trim(Connection& c, Arrival& seg) noexcept {
  const std::uint32_t known = c.rcv_nxt - seg.seq;
  const bool news = seg.seq < c.rcv_nxt && known < seg_len(seg) && !seg.ctl.syn() && known <= seg.text.size();
  if (!news) {
    if (seg_len(seg) == 0) return seg.seq < c.rcv_nxt && !seg.ctl.rst();  // an old ACK: it may still say something
    c.set(flag::kAckOwed);
    list(c);
    return false;
  }
  seg.text = seg.text.subspan(known);
  seg.seq = c.rcv_nxt;
  return true;
}

/// False when it acknowledges what was never sent.
bool Engine::process_ack(Connection& c, const Arrival& seg) noexcept {
  if (seg.ack < c.snd_una) return true;  // an old one; the text beside it counts
  if (seg.ack > c.snd_max) {
    c.set(flag::kAckOwed);
    list(c);
    return false;
  }
  const std::uint32_t acked = seg.ack - c.snd_una;
  c.snd_edge = seg.ack + (std::uint32_t{seg.window} << c.snd_scale);
  if (acked != 0) {
    Part& part = part_of(c);
    c.snd_una = seg.ack;
    if (c.snd_nxt < c.snd_una) c.snd_nxt = c.snd_una;
    part.count.bytes_out += acked - (c.fin_acknowledged() ? 1 : 0);
    c.text_at = part.text->advance(c.text_at, acked);
    c.tick = tick_;
    c.tries = 0;
  }
  if (c.unsent()) list(c);
  return true;
}

void Engine::process_text(Connection& c, const Arrival& seg) noexcept {
  const auto length = static_cast<std::uint32_t>(seg.text.size());
  Part& part = part_of(c);
  part.count.bytes_in += length;
  c.set(flag::kAckOwed);
  list(c);
  part.job->on_text(c, seg.text);
  c.rcv_nxt += length;
}

/// 3.10.7.1: in answer to something that has no connection here.
void Engine::reply_reset(const Connection& c, const Arrival& seg) noexcept {
  if (seg.ctl.ack()) return (void)send_control(c, seg.ack, Ctl::kRst);
  Connection nobody = c;
  nobody.rcv_nxt = seg.seq + seg_len(seg);
  (void)send_control(nobody, SeqNum{}, Ctl::kRst | Ctl::kAck);
}

}  // namespace millrace::load
