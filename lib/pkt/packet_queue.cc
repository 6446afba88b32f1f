// The FIFO of slices. Every operation keeps the sums equal to the sums over the packets held.
//
// Only slices move here, never an mbuf's data area: the NIC may still be reading that. The one exception is
// append_compact(), which writes behind the slice after making sure that nobody else refers to the buffer.
#include "pkt/packet_queue.h"

#include <cstring>
#include <utility>

namespace millrace::pkt {

PacketQueue::PacketQueue(PacketQueue&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}

PacketQueue& PacketQueue::operator=(PacketQueue&& other) noexcept {
  if (this == &other) return *this;
  clear();
  splice(other);
  return *this;
}

void PacketQueue::push_back(Packet& packet) noexcept {
  MILLRACE_ASSERT(packet.contiguous() && packet.meta().slice_length > 0);
  packet.meta().queue_next = nullptr;
  if (empty()) {
    head_ = &packet;
    sums() = sums_of(packet);
  } else {
    last()->meta().queue_next = &packet;
    sums() += sums_of(packet);
  }
  set_last(&packet);
}

Packet* PacketQueue::unlink_front() noexcept {
  Packet* const packet = head_;
  head_ = std::exchange(packet->meta().queue_next, nullptr);
  return packet;
}

Packet* PacketQueue::pop_front() noexcept {
  if (empty()) return nullptr;
  Packet* const end = last();
  const std::uint64_t left = sums() - sums_of(*head_);
  Packet* const packet = unlink_front();
  if (empty()) return packet;
  set_last(end);
  sums() = left;
  return packet;
}

void PacketQueue::drop_front(std::uint32_t n) noexcept {
  MILLRACE_ASSERT(n <= bytes());
  if (n == 0) return;
  Packet* const end = last();
  std::uint64_t left = sums();
  while (!empty() && n >= head_->meta().slice_length) {
    n -= head_->meta().slice_length;
    left -= sums_of(*head_);
    unlink_front()->free();
  }
  if (empty()) return;
  set_last(end);
  sums() = left - n;
  PacketMeta& meta = head_->meta();
  meta.slice_offset = static_cast<std::uint16_t>(meta.slice_offset + n);
  meta.slice_length = static_cast<std::uint16_t>(meta.slice_length - n);
}

void PacketQueue::splice(PacketQueue& other) noexcept {
  MILLRACE_ASSERT(this != &other);
  if (other.empty()) return;
  if (empty()) {
    head_ = std::exchange(other.head_, nullptr);
    return;
  }
  Packet* const end = other.last();
  sums() += other.sums();
  last()->meta().queue_next = std::exchange(other.head_, nullptr);
  set_last(end);
}

bool PacketQueue::has_compact_room(std::size_t n) const noexcept {
  if (empty()) return false;
  const Packet* const end = last();
  if (!end->exclusive()) return false;
  const PacketMeta& meta = end->meta();
  const std::size_t used = std::size_t{meta.slice_offset} + meta.slice_length;
  return n <= end->mbuf()->buf_len - used;
}

bool PacketQueue::append_compact(std::span<const std::byte> bytes) noexcept {
  if (!has_compact_room(bytes.size())) return false;
  Packet* const end = last();
  PacketMeta& meta = end->meta();
  end->forget_sum();  // what lay there may have been cut off the slice
  if (!bytes.empty()) std::memcpy(end->slice().data() + meta.slice_length, bytes.data(), bytes.size());
  meta.slice_length = static_cast<std::uint16_t>(meta.slice_length + bytes.size());
  sums() += bytes.size();
  return true;
}

void PacketQueue::clear() noexcept {
  while (!empty()) unlink_front()->free();
}

}  // namespace millrace::pkt
