// The FIFO of slices. Every operation keeps bytes_ and truesize_ equal to the sums over the packets held.
//
// Only slices move here, never an mbuf's data area: the NIC may still be reading that. The one exception is
// append_compact(), which writes behind the slice after making sure that nobody else refers to the buffer.
#include "pkt/packet_queue.h"

#include <cstring>
#include <utility>

namespace millrace::pkt {

PacketQueue::PacketQueue(PacketQueue&& other) noexcept
    : head_(std::exchange(other.head_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      truesize_(std::exchange(other.truesize_, 0)) {}

PacketQueue& PacketQueue::operator=(PacketQueue&& other) noexcept {
  if (this == &other) return *this;
  clear();
  splice(other);
  return *this;
}

void PacketQueue::push_back(Packet& packet) noexcept {
  MILLRACE_ASSERT(packet.contiguous() && packet.meta().slice_length > 0);
  packet.meta().queue_next = nullptr;
  if (head_ == nullptr)
    head_ = &packet;
  else
    tail()->meta().queue_next = &packet;
  set_tail(&packet);
  bytes_ += packet.meta().slice_length;
  truesize_ += packet.truesize();
}

Packet* PacketQueue::unlink_front() noexcept {
  Packet* const packet = head_;
  head_ = std::exchange(packet->meta().queue_next, nullptr);
  bytes_ -= packet->meta().slice_length;
  truesize_ -= packet->truesize();
  return packet;
}

Packet* PacketQueue::pop_front() noexcept {
  if (head_ == nullptr) return nullptr;
  Packet* const last = tail();
  Packet* const packet = unlink_front();
  if (head_ != nullptr) set_tail(last);
  return packet;
}

void PacketQueue::drop_front(std::uint32_t n) noexcept {
  MILLRACE_ASSERT(n <= bytes_);
  if (n == 0) return;
  Packet* const last = tail();
  while (head_ != nullptr && n >= head_->meta().slice_length) {
    n -= head_->meta().slice_length;
    unlink_front()->free();
  }
  if (head_ == nullptr) return;
  set_tail(last);
  PacketMeta& meta = head_->meta();
  meta.slice_offset = static_cast<std::uint16_t>(meta.slice_offset + n);
  meta.slice_length = static_cast<std::uint16_t>(meta.slice_length - n);
  bytes_ -= n;
}

void PacketQueue::splice(PacketQueue& other) noexcept {
  MILLRACE_ASSERT(this != &other);
  if (other.head_ == nullptr) return;
  Packet* const last = other.tail();
  if (head_ == nullptr)
    head_ = other.head_;
  else
    tail()->meta().queue_next = other.head_;
  set_tail(last);
  other.head_ = nullptr;
  bytes_ += std::exchange(other.bytes_, 0);
  truesize_ += std::exchange(other.truesize_, 0);
}

bool PacketQueue::has_compact_room(std::size_t n) const noexcept {
  if (head_ == nullptr) return false;
  Packet* const last = tail();
  if (!last->exclusive()) return false;
  const PacketMeta& meta = last->meta();
  const std::size_t end = std::size_t{meta.slice_offset} + meta.slice_length;
  return n <= last->mbuf()->buf_len - end;
}

bool PacketQueue::append_compact(std::span<const std::byte> bytes) noexcept {
  if (!has_compact_room(bytes.size())) return false;
  Packet* const last = tail();
  PacketMeta& meta = last->meta();
  last->forget_sum();  // what lay there may have been cut off the slice
  if (!bytes.empty()) std::memcpy(last->slice().data() + meta.slice_length, bytes.data(), bytes.size());
  meta.slice_length = static_cast<std::uint16_t>(meta.slice_length + bytes.size());
  bytes_ += static_cast<std::uint32_t>(bytes.size());
  return true;
}

void PacketQueue::clear() noexcept {
  while (head_ != nullptr) unlink_front()->free();
}

}  // namespace millrace::pkt
