// The zero-copy rules. A header is written in front of the text only when the segment is exactly one slice, the buffer
// is exclusively ours and there is headroom; else a header packet leads indirect packets, or a copy when all of it is
// below kCompactBelow bytes. Who passes packets on and does not wait for full segments (Nagle off, no cork) gets a
// shorter one where that lets the packets behind it go in place. Which bytes are sent, and when, is decided in
// send_data and output.
#include "tcp/build_segment.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tcp/dsack.h"
#include "tcp/ecn.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_client.h"
#include "tcp/fast_open_server.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/send_queue.h"
#include "tcp/urgent.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {
namespace {

/// Buffers that one segment may be scattered over; NICs have limits of this order.
constexpr std::size_t kMostParts = 8;
/// Room for Ethernet with a VLAN tag and IPv6 before the TCP header.
constexpr std::uint16_t kLowerHeaders = 18 + 40;

struct Parts {
  std::array<SendPart, kMostParts> part;
  std::size_t count = 0;
  std::uint32_t bytes = 0;
};

/// Nobody else sees the buffer, and there is room in front of the slice.
bool takes_header(const pkt::Packet& packet) noexcept {
  return packet.exclusive() && packet.meta().slice_offset >= kLowerHeaders + wire::kTcpMaxHeader;
}

/// A packet begins here that was given whole and would fill the segment by itself.
bool full_slice_at(const SendCursor& cursor, std::uint32_t length) noexcept {
  const SendCursor next = cursor_behind(cursor, 0);
  if (next.packet == nullptr) return false;
  const auto& meta = next.packet->meta();
  return meta.whole && next.offset == meta.slice_offset && meta.slice_length == length && takes_header(*next.packet);
}

/// WholeSlices: a segment may end where such a packet begins, however short it is. Each packet costs one
/// segment more at most than there would be.
enum class Fill { Full, WholeSlices };

Parts collect_parts(SendCursor& cursor, std::uint32_t length, Fill fill) noexcept {
  Parts parts;
  while (parts.count < kMostParts && parts.bytes < length) {
    if (fill == Fill::WholeSlices && parts.bytes > 0 && full_slice_at(cursor, length)) break;
    const SendPart part = take_part(cursor, length - parts.bytes);
    if (part.length == 0) break;
    parts.part[parts.count++] = part;
    parts.bytes += part.length;
  }
  return parts;
}

wire::TcpHeader header_of(Tcb& tcb, SeqNum seq, std::uint8_t ctl, Env& env) noexcept {
  wire::TcpHeader header;
  header.source_port = tcb.key.local_port;
  header.destination_port = tcb.key.remote_port;
  header.seq = seq;
  header.ctl.bits = ctl;
  if (header.ctl.ack()) header.ack = tcb.rcv_nxt;
  if (!header.ctl.rst()) header.window = advertise_window(tcb, env, header.ctl.syn());
  if (tcb.has(kTimestamps) && !header.ctl.syn()) {
    header.options.has_timestamps = true;
    header.options.ts_val = timestamp_clock(env.now) + tcb.ts_offset;
    header.options.ts_ecr = tcb.ts_recent;
  }
  if (tcb.has(kUrgentToSend) && !header.ctl.syn() && !header.ctl.rst()) put_urgent(tcb, header, env);
  return header;
}

void write_header(pkt::Packet& packet, const wire::TcpHeader& header) noexcept {
  const auto size = static_cast<std::uint16_t>(wire::tcp_header_size(header));
  wire::build_tcp(header, {packet.prepend(size), size});
}

pkt::Packet* header_packet(const wire::TcpHeader& header, Env& env) noexcept {
  pkt::Packet* packet = env.control.alloc();
  if (packet == nullptr) {
    ++env.count.output_no_packet;
    return nullptr;
  }
  const auto size = static_cast<std::uint16_t>(wire::tcp_header_size(header));
  wire::build_tcp(header, {packet->append(size), size});
  return packet;
}

/// What is sent again keeps its borders.
Fill fill_of(const Tcb& tcb, SeqNum seq) noexcept {
  return seq == tcb.snd_nxt && tcb.has(kNoDelay) && !tcb.has(kCorked) ? Fill::WholeSlices : Fill::Full;
}

bool goes_in_place(const Parts& parts) noexcept {
  if (parts.count != 1) return false;
  const SendPart& part = parts.part[0];
  const auto& meta = part.packet->meta();
  return part.offset == meta.slice_offset && part.length == meta.slice_length && takes_header(*part.packet);
}

pkt::Packet* build_in_place(const SendPart& part, const wire::TcpHeader& header) noexcept {
  pkt::Packet& packet = *part.packet;
  // The header overwrites what was cut off at the front, and a known sum would still count that.
  if (packet.meta().summed_offset != part.offset) packet.forget_sum();
  packet.set_data(part.offset, part.length);
  packet.clear_offloads();
  write_header(packet, header);
  packet.add_reference();
  return &packet;
}

/// Few bytes from several slices: cheaper to copy than to chain.
bool copy_small(pkt::Packet& head, const Parts& parts, Env& env) noexcept {
  if (parts.bytes >= kCompactBelow || parts.bytes > head.tailroom()) return false;
  for (std::size_t i = 0; i < parts.count; ++i) {
    const SendPart& part = parts.part[i];
    std::memcpy(head.append(part.length), part.packet->buffer() + part.offset, part.length);
  }
  env.count.compacted_bytes.add(parts.bytes);
  return true;
}

bool chain_indirect(pkt::Packet& head, const Parts& parts, Env& env) noexcept {
  for (std::size_t i = 0; i < parts.count; ++i) {
    const SendPart& part = parts.part[i];
    pkt::Packet* indirect = env.control.alloc_indirect(*part.packet, part.offset, part.length);
    if (indirect == nullptr) {
      ++env.count.output_no_packet;
      return false;
    }
    pkt::chain(head, *indirect);
  }
  return true;
}

pkt::Packet* build_gathered(const Parts& parts, const wire::TcpHeader& header, Env& env) noexcept {
  pkt::Packet* head = header_packet(header, env);
  if (head == nullptr) return nullptr;
  if (copy_small(*head, parts, env) || chain_indirect(*head, parts, env)) return head;
  head->free();
  return nullptr;
}

}  // namespace

pkt::Packet* build_control(Tcb& tcb, SeqNum seq, std::uint8_t ctl, Env& env) noexcept {
  wire::TcpHeader header = header_of(tcb, seq, ctl, env);
  if (header.ctl.ack() && !header.ctl.rst()) header.options.sack_count = sack_option(tcb, env, header.options.sack);
  ecn_put_on_control(tcb, header, env);
  pkt::Packet* packet = header_packet(header, env);
  if (packet != nullptr && header.options.sack_count > 0) duplicate_reported(tcb, env);
  if (packet != nullptr) ecn_sent(tcb, header, 0, env);
  return packet;
}

pkt::Packet* build_syn(Tcb& tcb, Env& env) noexcept {
  const bool answer = tcb.state == State::SynReceived;
  const auto ctl = static_cast<std::uint8_t>(answer ? Ctl::kSyn | Ctl::kAck : Ctl::kSyn);
  wire::TcpHeader header = header_of(tcb, tcb.iss, ctl, env);
  header.options = syn_options(tcb, answer, env);
  if (answer) put_fresh_cookie(tcb, header.options, env);
  ecn_put_syn(tcb, header, env);
  const std::uint32_t text = put_fast_open(tcb, header, env);
  SendCursor cursor = cursor_at_front(tcb);
  const Parts parts = collect_parts(cursor, text, Fill::Full);
  pkt::Packet* packet = parts.bytes == 0 ? header_packet(header, env) : build_gathered(parts, header, env);
  if (packet != nullptr) fast_open_built(tcb, header.options, parts.bytes, env);
  return packet;
}

pkt::Packet* build_text(Tcb& tcb, SeqNum seq, std::uint8_t ctl, SendCursor& cursor, std::uint32_t& length,
                        Env& env) noexcept {
  SendCursor moved = cursor;
  const Parts parts = collect_parts(moved, length, fill_of(tcb, seq));
  if (parts.bytes < length) ctl &= static_cast<std::uint8_t>(~(Ctl::kFin | Ctl::kPsh));
  wire::TcpHeader header = header_of(tcb, seq, ctl, env);
  ecn_put_on_text(tcb, header, parts.bytes, seq == tcb.snd_nxt && !tcb.has(kPersist), env);
  pkt::Packet* packet =
      goes_in_place(parts) ? build_in_place(parts.part[0], header) : build_gathered(parts, header, env);
  if (packet == nullptr) return nullptr;
  ecn_sent(tcb, header, parts.bytes, env);
  cursor = moved;
  length = parts.bytes;
  return packet;
}

void emit(Tcb& tcb, pkt::Packet& packet, Env& env, wire::Ecn ecn) noexcept {
  env.out.push(packet, tcb.key.remote_address, tcb.key.local_index, tcb.dscp, tcb.hop_limit, ecn);
  ++env.count.segments_sent;
  tcb.last_ack_sent = tcb.rcv_nxt;
  tcb.delayed_ack_at = 0;
  tcb.owed &= static_cast<std::uint8_t>(~kOweAck);
}

}  // namespace millrace::tcp
