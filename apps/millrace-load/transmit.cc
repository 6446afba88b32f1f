// Segments out: what connections owe becomes packets, as long as there is room.
//
// A connection is paid when its turn in the list comes: its SYN or RST, or the text that the peer's window takes, or a
// bare ACK if no text carried it. One that has more to send goes to the list's end, so a bulk transfer does not keep
// the others waiting.
#include <algorithm>

#include "engine.h"
#include "wire/bytes.h"

namespace millrace::load {
namespace {

using wire::Ctl;

constexpr std::size_t kSegmentsAtOnce = 16;  // of one connection
constexpr std::size_t kSynOptions = 8;       // MSS, NOP, window scale

}  // namespace

void Engine::transmit() {
  for (std::size_t n = ready_.size(); n > 0 && has_room(); --n) {
    Connection& c = connections_[ready_.pop()];
    c.clear(flag::kListed);
    if (!pay(c)) list(c);
  }
}

/// False when something is left to be sent at once.
bool Engine::pay(Connection& c) noexcept {
  if (c.state == State::Closed) return true;
  if (c.has(flag::kRstOwed)) return send_reset(c);
  if (c.state == State::SynSent) return !c.has(flag::kSynOwed) || send_syn(c);
  if (!send_text(c)) return false;
  if (c.has(flag::kAckOwed)) {
    if (!send_control(c, c.snd_nxt, Ctl::kAck)) return false;
    c.clear(flag::kAckOwed);
  }
  if (c.finished()) end(c, End::Closed);
  return true;
}

bool Engine::send_syn(Connection& c) noexcept {
  pkt::Packet* const packet = take_packet(part_of(c).header.size() + kSynOptions);
  if (packet == nullptr) return false;
  const HeaderTemplate& header = part_of(c).header;
  write_syn_options(packet->data() + header.size());
  header.write(*packet, fields_of(c, c.snd_una, Ctl::kSyn), kSynOptions);
  if (c.snd_max != c.snd_una) ++part_of(c).count.retransmissions;
  c.snd_nxt = c.snd_max = c.snd_una + 1;
  c.clear(flag::kSynOwed);
  pending_.push_back(packet);
  return true;
}

/// RFC 9293 3.7.1 and RFC 7323 2.2.
void Engine::write_syn_options(std::byte* out) const noexcept {
  wire::store_be16(out, 2 << 8 | 4);
  wire::store_be16(out + 2, smss_limit_);
  wire::store_be32(out + 4, 1u << 24 | 3 << 16 | 3 << 8 | rcv_scale_);
}

/// What the window takes, then the FIN if it is its turn. False when there was no room for all of it.
bool Engine::send_text(Connection& c) noexcept {
  Part& part = part_of(c);
  for (std::size_t sent = 0; c.unsent(); ++sent) {
    const SeqNum edge = c.has(flag::kEndless) ? c.snd_edge : wire::min(c.snd_end, c.snd_edge);
    const std::uint32_t room = c.snd_nxt < edge ? edge - c.snd_nxt : 0;
    const std::uint32_t length = std::min<std::uint32_t>(room, c.smss);
    const bool at_end = !c.has(flag::kEndless) && c.snd_nxt + length == c.snd_end;
    const bool fin = at_end && c.has(flag::kFinWanted);
    if (length == 0 && !fin) return true;
    if (sent == kSegmentsAtOnce || !has_room()) return false;
    pkt::Packet* const packet = take_packet(part.header.size() + length);
    if (packet == nullptr) return false;

    const Text& text = *part.text;
    const std::uint32_t position = text.advance(c.text_at, c.snd_nxt - c.snd_una);
    std::memcpy(packet->data() + part.header.size(), text.at(position), length);
    const auto ctl =
        static_cast<std::uint8_t>(Ctl::kAck | (at_end && length > 0 ? Ctl::kPsh : 0) | (fin ? Ctl::kFin : 0));
    part.header.write(*packet, fields_of(c, c.snd_nxt, ctl), 0);
    pending_.push_back(packet);

    if (c.snd_nxt < c.snd_max) ++part.count.retransmissions;
    if (!c.outstanding()) c.tick = tick_;
    c.snd_nxt += length + (fin ? 1u : 0u);
    c.snd_max = wire::max(c.snd_max, c.snd_nxt);
    c.clear(flag::kAckOwed);
  }
  return true;
}

bool Engine::send_control(const Connection& c, SeqNum seq, std::uint8_t ctl) noexcept {
  const HeaderTemplate& header = parts_[c.part].header;
  pkt::Packet* const packet = has_room() ? take_packet(header.size()) : nullptr;
  if (packet == nullptr) return false;
  header.write(*packet, fields_of(c, seq, ctl), 0);
  pending_.push_back(packet);
  return true;
}

/// A peer believes a RST at its RCV.NXT only (RFC 5961 3.2): that is SND.NXT when all arrived, and SND.UNA when the
/// first segment under way was lost.
bool Engine::send_reset(Connection& c) noexcept {
  if (c.outstanding() && !send_control(c, c.snd_una, Ctl::kRst | Ctl::kAck)) return false;
  if (!send_control(c, c.snd_max, Ctl::kRst | Ctl::kAck)) return false;
  end(c, End::Aborted);
  return true;
}

bool Engine::send_stray_syn(Part& part, const SegmentFields& fields) noexcept {
  pkt::Packet* const packet = has_room() ? take_packet(part.header.size() + kSynOptions) : nullptr;
  if (packet == nullptr) return false;
  write_syn_options(packet->data() + part.header.size());
  part.header.write(*packet, fields, kSynOptions);
  pending_.push_back(packet);
  return true;
}

bool Engine::send_frame(std::span<const std::byte> frame) noexcept {
  pkt::Packet* const packet = has_room() ? take_packet(frame.size()) : nullptr;
  if (packet == nullptr) return false;
  std::ranges::copy(frame, packet->data());
  pending_.push_back(packet);
  return true;
}

/// A packet of that many bytes, not yet written; nullptr when the pool is empty.
pkt::Packet* Engine::take_packet(std::size_t length) noexcept {
  if (spare_.empty()) {
    spare_.resize(kBurst);
    if (!pool_.alloc_bulk(spare_)) {
      spare_.clear();
      ++frames_.no_packet;
      return nullptr;
    }
  }
  pkt::Packet* const packet = spare_.back();
  spare_.pop_back();
  packet->append(static_cast<std::uint16_t>(length));
  return packet;
}

}  // namespace millrace::load
