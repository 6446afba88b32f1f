// A FIFO of slices: the bytes of a stream, held in the buffers in which they arrived.
//
// Used for the send queue (until acknowledged) and the receive queue (until consumed). It owns one reference per packet
// and counts both the bytes of the stream and what they really cost (truesize). No payload is copied here except by
// append_compact(), whose caller counts what it copied. Links lie in the packets' meta, and so does the place of the
// last one, in the first's: connections are many, and most queues are empty. A packet is in one queue at most.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pkt/packet.h"

namespace millrace::pkt {

class PacketQueue {
 public:
  PacketQueue() = default;
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;
  PacketQueue(PacketQueue&& other) noexcept;
  PacketQueue& operator=(PacketQueue&& other) noexcept;
  ~PacketQueue() { clear(); }

  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t truesize() const noexcept { return truesize_; }
  [[nodiscard]] Packet* front() noexcept { return head_; }
  [[nodiscard]] Packet* back() noexcept { return head_ == nullptr ? nullptr : tail(); }
  [[nodiscard]] static Packet* next(Packet& packet) noexcept { return packet.meta().queue_next; }

  /// Appends an unchained packet whose slice (see Packet::data_to_slice) is not empty; takes its reference.
  void push_back(Packet& packet) noexcept;
  /// Takes the front packet out; the caller owns its reference. nullptr when empty.
  Packet* pop_front() noexcept;
  /// Drops `n` bytes at the front (n <= bytes()), freeing packets whose slice is used up. Moves the front slice's
  /// offset and length only: PacketMeta::seq stays its owner's business.
  void drop_front(std::uint32_t n) noexcept;
  /// Moves all of `other` (another queue) to the end.
  void splice(PacketQueue& other) noexcept;
  /// Whether append_compact() would take `n` bytes.
  [[nodiscard]] bool has_compact_room(std::size_t n) const noexcept;
  /// Copies `n` bytes behind the last slice if that packet is exclusively ours and has room: true if it did.
  /// Makes the copied bytes part of the last slice; the mbuf's data area stays as it is.
  bool append_compact(std::span<const std::byte> bytes) noexcept;
  /// Gives every packet back.
  void clear() noexcept;

 private:
  /// The queue is not empty.
  [[nodiscard]] Packet* tail() const noexcept { return std::bit_cast<Packet*>(head_->meta().tree_hook[0]); }
  /// Takes the front packet out of a queue that is not empty; the caller sets the tail.
  Packet* unlink_front() noexcept;
  void set_tail(Packet* packet) noexcept { head_->meta().tree_hook[0] = std::bit_cast<std::uint64_t>(packet); }

  Packet* head_ = nullptr;
  std::uint32_t bytes_ = 0;
  std::uint32_t truesize_ = 0;
};
static_assert(sizeof(PacketQueue) == 16);

}  // namespace millrace::pkt
