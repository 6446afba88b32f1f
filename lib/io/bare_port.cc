// Two queues of packet references; a frame is copied on its way in, and on its way out only when it is a chain.
#include "io/bare_port.h"

#include <algorithm>
#include <cstring>

#include "io/packet_io.h"

namespace millrace::io {

static_assert(PacketIo<BarePort>);

BarePort::~BarePort() {
  for (pkt::Packet* packet : incoming_) packet->free();
  for (pkt::Packet* packet : sent_) packet->free();
}

std::size_t BarePort::rx_burst(std::span<pkt::Packet*> room) noexcept {
  std::size_t received = 0;
  for (; received < room.size() && !incoming_.empty(); ++received) {
    room[received] = incoming_.front();
    incoming_.pop_front();
  }
  return received;
}

std::size_t BarePort::tx_burst(std::span<pkt::Packet* const> out) {
  const std::size_t taken = std::min(out.size(), kRing - std::min(kRing, sent_.size()));
  sent_.insert(sent_.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken;
}

bool BarePort::push(std::span<const std::byte> frame) {
  if (frame.empty() || frame.size() > longest_) return ++count_.rx_refused, false;
  if (incoming_.size() >= kRing) return ++count_.rx_full, false;
  pkt::Packet* packet = make_packet(frame);
  if (packet == nullptr) return ++count_.rx_no_buffer, false;
  incoming_.push_back(packet);
  return true;
}

/// A chain when one buffer is too small.
pkt::Packet* BarePort::make_packet(std::span<const std::byte> frame) {
  pkt::Packet* head = nullptr;
  while (!frame.empty()) {
    pkt::Packet* part = rx_pool_.alloc();
    if (part == nullptr) {
      if (head != nullptr) head->free();
      return nullptr;
    }
    const auto length = static_cast<std::uint16_t>(std::min<std::size_t>(frame.size(), part->tailroom()));
    std::memcpy(part->append(length), frame.data(), length);
    frame = frame.subspan(length);
    if (head == nullptr)
      head = part;
    else
      pkt::chain(*head, *part);
  }
  return head;
}

std::span<const std::byte> BarePort::front() {
  if (sent_.empty()) return {};
  const pkt::Packet& packet = *sent_.front();
  if (packet.contiguous()) return packet.bytes();
  flat_.clear();
  for (const pkt::Packet* part = &packet; part != nullptr; part = part->next_segment())
    flat_.insert(flat_.end(), part->bytes().begin(), part->bytes().end());
  return flat_;
}

void BarePort::pop() noexcept {
  sent_.front()->free();
  sent_.pop_front();
}

}  // namespace millrace::io
