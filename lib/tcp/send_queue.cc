// Slices in and out.
#include "tcp/send_queue.h"

#include <algorithm>
#include <cstring>

#include "tcp/buffer_memory.h"
#include "tcp/env.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp {
namespace {

std::uint32_t slice_end(pkt::Packet& packet) noexcept {
  return std::uint32_t{packet.meta().slice_offset} + packet.meta().slice_length;
}

void count_copy(std::size_t bytes, Env& env) noexcept {
  if (bytes >= kCompactBelow) {
    ++env.count.payload_copies;
  } else {
    env.count.compacted_bytes.add(bytes);
  }
}

/// At the end of a slice with a successor, the cursor belongs at the successor's start.
void normalize(SendCursor& cursor) noexcept {
  while (cursor.packet != nullptr && cursor.offset >= slice_end(*cursor.packet)) {
    pkt::Packet* next = pkt::PacketQueue::next(*cursor.packet);
    if (next == nullptr) return;
    cursor.packet = next;
    cursor.offset = next->meta().slice_offset;
  }
}

/// A packet of the data pool, unless what arrives needs the rest of it, or send queues hold all that they may.
pkt::Packet* packet_to_send(Env& env) noexcept {
  pkt::Packet* packet =
      env.pressure != Pressure::Dry && fits_send_budget(env.data.packet_truesize(), env) ? env.data.alloc() : nullptr;
  if (packet == nullptr)
    ++env.count.sends_refused;
  else
    note_packets_taken(1, env);
  return packet;
}

/// A new slice of up to smss bytes; nullptr when there is no packet for it.
pkt::Packet* copy_to_packet(const Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept {
  pkt::Packet* packet = packet_to_send(env);
  if (packet == nullptr) return nullptr;
  const auto n = static_cast<std::uint16_t>(
      std::min({bytes.size(), std::size_t{payload_limit(tcb)}, std::size_t{packet->tailroom()}}));
  std::memcpy(packet->append(n), bytes.data(), n);
  packet->data_to_slice();
  return packet;
}

}  // namespace

std::uint32_t payload_limit(const Tcb& tcb) noexcept { return tcb.smss - tcb.option_bytes(); }

std::uint32_t unsent(const Tcb& tcb) noexcept {
  return tcb.has(kFinSent) || tcb.state == State::Closed ? 0 : tcb.snd_queue_end() - tcb.snd_nxt;
}

std::uint32_t send_room(const Tcb& tcb, const Env& env) noexcept {
  if (tcb.snd_queue.truesize() >= tcb.snd_buffer) return 0;
  const std::uint32_t packets = (tcb.snd_buffer - tcb.snd_queue.truesize()) / env.data.packet_truesize();
  return packets * payload_limit(tcb);
}

void enqueue_packet(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept {
  const QueueGauge gauge{tcb.snd_queue, env.count.send_memory};
  const auto bytes = packet.slice();
  if (bytes.size() < kCompactBelow && tcb.snd_queue.append_compact(bytes)) {
    count_copy(bytes.size(), env);
    packet.free();
  } else {
    packet.meta().whole = true;
    tcb.snd_queue.push_back(packet);
  }
}

std::size_t enqueue_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const auto rest = bytes.subspan(taken);
    if (rest.size() < kCompactBelow && tcb.snd_queue.append_compact(rest)) {
      count_copy(rest.size(), env);
      return bytes.size();
    }
    if (tcb.snd_queue.truesize() >= tcb.snd_buffer) break;
    pkt::Packet* packet = copy_to_packet(tcb, rest, env);
    if (packet == nullptr) break;
    const std::size_t n = packet->meta().slice_length;
    count_copy(n, env);
    env.count.send_memory.add(packet->truesize());
    tcb.snd_queue.push_back(*packet);
    taken += n;
  }
  return taken;
}

void clear_send_queue(Tcb& tcb, Env& env) noexcept {
  const QueueGauge gauge{tcb.snd_queue, env.count.send_memory};
  tcb.snd_queue.clear();
}

void drop_from_send_queue(Tcb& tcb, std::uint32_t n, Env& env) noexcept {
  const QueueGauge gauge{tcb.snd_queue, env.count.send_memory};
  tcb.snd_queue.drop_front(n);
}

void acknowledge_queue(Tcb& tcb, SeqNum ack, Env& env) noexcept {
  std::uint32_t acked = ack - tcb.snd_una;
  if (!tcb.syn_acked()) --acked;                   // our SYN
  acked = std::min(acked, tcb.snd_queue.bytes());  // our FIN is not in the queue
  tcb.bytes_out += acked;
  drop_from_send_queue(tcb, acked, env);
}

SendCursor cursor_at_front(Tcb& tcb) noexcept {
  pkt::Packet* const first = tcb.snd_queue.front();
  if (first == nullptr) return {};
  return {first, first->meta().slice_offset};
}

SendCursor cursor_behind(SendCursor cursor, std::uint32_t n) noexcept {
  while (n > 0) {
    const SendPart part = take_part(cursor, n);
    if (part.length == 0) break;
    n -= part.length;
  }
  normalize(cursor);
  return cursor;
}

SendPart take_part(SendCursor& cursor, std::uint32_t most) noexcept {
  normalize(cursor);
  if (cursor.packet == nullptr) return {nullptr, 0, 0};
  const std::uint32_t here = std::min(most, slice_end(*cursor.packet) - cursor.offset);
  const SendPart part{cursor.packet, static_cast<std::uint16_t>(cursor.offset), static_cast<std::uint16_t>(here)};
  cursor.offset += here;
  return part;
}

}  // namespace millrace::tcp
