// A FIFO of slices: the bytes of a stream, held in the buffers in which they arrived.
//
// Used for the send queue (until acknowledged) and the receive queue (until consumed). It owns one reference per packet
// and counts both the bytes of the stream and what they really cost (truesize). No payload is copied here except by
// append_compact(), whose caller counts what it copied. Links lie in the packets' meta, and so does all else that a
// queue has to know, in the first one's: connections are many, and most queues are empty. A packet is in one queue at
// most.
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
  [[nodiscard]] std::uint32_t bytes() const noexcept { return empty() ? 0 : static_cast<std::uint32_t>(sums()); }
  [[nodiscard]] std::uint32_t truesize() const noexcept {
    return empty() ? 0 : static_cast<std::uint32_t>(sums() >> 32);
  }
  [[nodiscard]] Packet* front() noexcept { return head_; }
  [[nodiscard]] Packet* back() noexcept { return empty() ? nullptr : last(); }
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
  // What the first packet's meta says of the queue, which is not empty. Another first packet is told anew.
  [[nodiscard]] Packet* last() const noexcept { return std::bit_cast<Packet*>(head_->meta().tree_hook[0]); }
  void set_last(Packet* packet) noexcept { head_->meta().tree_hook[0] = std::bit_cast<std::uint64_t>(packet); }
  /// Truesize and bytes in one word: both are added or taken away at once, and never read in parts just written.
  [[nodiscard]] std::uint64_t& sums() const noexcept { return head_->meta().tree_hook[1]; }
  [[nodiscard]] static std::uint64_t sums_of(const Packet& packet) noexcept {
    return std::uint64_t{packet.truesize()} << 32 | packet.meta().slice_length;
  }
  /// Takes the front packet out of a queue that is not empty.
  Packet* unlink_front() noexcept;

  Packet* head_ = nullptr;
};
static_assert(sizeof(PacketQueue) == sizeof(void*));

}  // namespace millrace::pkt
