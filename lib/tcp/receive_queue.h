// The receive queue: text in order, not yet consumed, charged in real memory (truesize), and the window that follows
// from it.
//
// A small payload is copied into the tail of the last buffer (and counted), so that a peer of 1-byte segments cannot
// pin one buffer per byte. Receiver-side silly window avoidance: RFC 9293 3.8.6.2.2 (MUST-39); the right edge never
// moves left (SHLD-14).
#pragma once

#include <cstdint>

#include "pkt/packet_pool.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Payloads below this are copied together.
inline constexpr std::uint32_t kCompactBelow = 256;

/// Bytes of real memory that text which arrived and was not drained holds.
[[nodiscard]] std::uint32_t receive_memory_held(const Tcb& tcb, const Env& env) noexcept;

/// True when `more` bytes of real memory may still be held for this connection. The bound is twice the buffer: what the
/// window promised must fit even when it arrives in half-filled packets. Who holds nothing may take one, however small
/// the buffer.
[[nodiscard]] bool fits_receive_budget(const Tcb& tcb, std::uint32_t more, const Env& env) noexcept;

/// Appends a slice that starts at what was RCV.NXT; takes the packet.
void append_to_receive_queue(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept;

/// Takes the front packet out; the caller owns it. nullptr when the queue is empty.
[[nodiscard]] pkt::Packet* pop_receive_queue(Tcb& tcb, Env& env) noexcept;
/// Drops `n` bytes at the front; no more than there are.
void drop_from_receive_queue(Tcb& tcb, std::uint32_t n, Env& env) noexcept;
/// Gives all of it back.
void clear_receive_queue(Tcb& tcb, Env& env) noexcept;

/// The window that the free memory allows, in bytes of payload, before any rule about edges.
[[nodiscard]] std::uint32_t free_window(const Tcb& tcb, const Env& env) noexcept;

/// The window field that says what is promised already. What was promised must stay promised although the field counts
/// in units of 2^shift: rounded up.
[[nodiscard]] std::uint16_t promised_field(const Tcb& tcb, unsigned shift) noexcept;

/// The window field for the next segment: what is promised, or more, rounded down; moves rcv_adv. `syn` fields are
/// never scaled (RFC 7323 2.2).
[[nodiscard]] std::uint16_t advertise_window(Tcb& tcb, const Env& env, bool syn) noexcept;

/// The application has consumed: owes an ACK when the window opened by two segments or half the buffer, and its sender
/// may wait for that: half of it was shut, or a full segment is not acknowledged.
void window_opened(Tcb& tcb, Env& env) noexcept;

/// The shift for our window field so that `rcv_buffer` can be announced whole (RFC 7323 2.3).
[[nodiscard]] std::uint8_t window_shift(std::uint32_t rcv_buffer) noexcept;

/// Splits seg.packet into its single buffers and calls take(slice) for each that holds text; seg.packet becomes
/// nullptr.
template <class Take>
void for_each_slice(Segment& seg, Take&& take) {
  pkt::Packet* packet = seg.packet;
  seg.packet = nullptr;
  while (packet != nullptr) {
    pkt::Packet* rest = packet->next_segment();
    packet->set_data(packet->headroom(), packet->length());
    if (packet->length() == 0) {
      packet->free();
    } else {
      packet->data_to_slice();
      take(*packet);
    }
    packet = rest;
  }
}

}  // namespace millrace::tcp
