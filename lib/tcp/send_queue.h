// The send queue: bytes from SND.UNA on, held in their buffers until acknowledged.
//
// What is outstanding, and where it ends, is found by its records (sent_list.h), so nothing walks the queue.
// Transmitted packets stay ours: the NIC holds references of its own.
#pragma once

#include <cstdint>
#include <span>

#include "tcp/tcb.h"

namespace millrace::tcp {

struct Env;

/// Payload of a full-sized segment: SMSS less the options that every segment carries (MUST-16).
[[nodiscard]] std::uint32_t payload_limit(const Tcb& tcb) noexcept;
/// Bytes queued and not sent.
[[nodiscard]] std::uint32_t unsent(const Tcb& tcb) noexcept;

/// Payload bytes that surely fit into the send buffer now, if they come in full packets.
[[nodiscard]] std::uint32_t send_room(const Tcb& tcb, const Env& env) noexcept;

/// Appends a packet whose slice is set; takes it. Small slices are copied behind the last one where that is possible.
void enqueue_packet(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept;

/// Copies bytes into packets of the data pool; returns how many were taken (pool or buffer may be full).
std::size_t enqueue_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept;

/// Gives all of it back.
void clear_send_queue(Tcb& tcb, Env& env) noexcept;

/// Drops `n` bytes at the front.
void drop_from_send_queue(Tcb& tcb, std::uint32_t n, Env& env) noexcept;

/// Drops what `ack` covers (SND.UNA < ack <= SND.NXT); snd_una has not moved yet.
void acknowledge_queue(Tcb& tcb, SeqNum ack, Env& env) noexcept;

/// A place in the queue: a slice and an offset in its buffer.
struct SendCursor {
  pkt::Packet* packet = nullptr;  ///< nullptr: the queue is empty
  std::uint32_t offset = 0;       ///< from the buffer start
};

/// One contiguous part of the queue.
struct SendPart {
  pkt::Packet* packet;
  std::uint16_t offset;  ///< from the buffer start
  std::uint16_t length;
};

/// The place of the first byte queued.
[[nodiscard]] SendCursor cursor_at_front(Tcb& tcb) noexcept;
/// The place `n` bytes, which are there, behind another: where the next byte is, or will be put.
[[nodiscard]] SendCursor cursor_behind(SendCursor cursor, std::uint32_t n) noexcept;
/// Takes up to `most` bytes at the cursor from one slice and moves it on; length 0 at the end of the queue.
[[nodiscard]] SendPart take_part(SendCursor& cursor, std::uint32_t most) noexcept;

}  // namespace millrace::tcp
