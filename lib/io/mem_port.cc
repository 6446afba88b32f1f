// Frames in and out of the in-memory link. Receiving copies a frame into heap blocks of its exact size; transmitting
// flattens the chain and completes checksums as a NIC would. Packets are freed in the order in which they were sent, as
// late as lazy completion asks. No loss, delay or reordering happens here: links of the simulation do that.
#include "io/mem_port.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/packet_io.h"
#include "io/tx_checksum.h"
#include "pkt/heap_buffer.h"

namespace millrace::io {

static_assert(PacketIo<MemPort>);

namespace {

std::uint64_t rx_flags(pkt::RxChecksum verdict) noexcept {
  switch (verdict) {
    case pkt::RxChecksum::Good:
      return RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    case pkt::RxChecksum::Bad:
      return RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD;
    case pkt::RxChecksum::None:
      return RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_NONE;
    case pkt::RxChecksum::Unknown:
      break;
  }
  return 0;
}

}  // namespace

MemPort::MemPort(pkt::PacketPool& rx_pool, const MemPortConfig& config) : rx_pool_(rx_pool), config_(config) {
  MILLRACE_CHECK(config.rx_segment > 0 && config.rx_headroom + config.rx_segment <= 0xffff);
}

MemPort::~MemPort() { complete(); }

std::size_t MemPort::rx_burst(std::span<pkt::Packet*> room) {
  std::size_t received = 0;
  while (received < room.size() && !incoming_.empty()) {
    const Frame frame = std::move(incoming_.front());
    incoming_.pop_front();
    pkt::Packet* packet = receive(frame);
    if (packet == nullptr) {
      ++counters_.rx_no_buffer;
      continue;
    }
    ++counters_.rx_packets;
    counters_.rx_bytes += frame.size();
    room[received++] = packet;
  }
  return received;
}

pkt::Packet* MemPort::receive(std::span<const std::byte> frame) {
  const std::size_t segment = config_.rx_segment;
  pkt::Packet* head = make_packet(frame.first(std::min(segment, frame.size())));
  if (head == nullptr) return nullptr;
  for (std::size_t at = segment; at < frame.size(); at += segment) {
    pkt::Packet* next = make_packet(frame.subspan(at, std::min(segment, frame.size() - at)));
    if (next == nullptr) {
      head->free();
      return nullptr;
    }
    pkt::chain(*head, *next);
  }
  head->mbuf()->ol_flags |= rx_flags(config_.rx_checksum);
  head->meta().port = config_.index;
  return head;
}

pkt::Packet* MemPort::make_packet(std::span<const std::byte> bytes) {
  pkt::Packet* packet = rx_pool_.alloc();
  if (packet == nullptr) return nullptr;
  const auto length = static_cast<std::uint16_t>(bytes.size());
  if (config_.rx_pool_buffers && length <= packet->tailroom()) {
    if (length > 0) std::memcpy(packet->append(length), bytes.data(), length);
    return packet;
  }
  // An mbuf needs a buffer: an empty frame without headroom gets one byte that nobody may use.
  const auto size = std::max<std::uint16_t>(1, static_cast<std::uint16_t>(config_.rx_headroom + length));
  pkt::attach_heap_buffer(*packet, size);
  packet->set_data(config_.rx_headroom, length);
  if (length > 0) std::memcpy(packet->data(), bytes.data(), length);
  return packet;
}

std::size_t MemPort::tx_burst(std::span<pkt::Packet* const> out) {
  std::size_t taken = 0;
  for (; taken < out.size() && sent_.size() < tx_ring_; ++taken) {
    sent_.push_back(transmit(*out[taken]));
    ++counters_.tx_packets;
    counters_.tx_bytes += sent_.back().size();
    free_or_hold(*out[taken]);
  }
  counters_.tx_refused += out.size() - taken;
  return taken;
}

Frame MemPort::transmit(const pkt::Packet& packet) const {
  Frame frame;
  frame.reserve(packet.total_length());
  for (const pkt::Packet* segment = &packet; segment != nullptr; segment = segment->next_segment()) {
    const std::span<const std::byte> bytes = segment->bytes();
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  }
  fill_tx_checksums(frame, packet, config_.offloads);
  return frame;
}

void MemPort::free_or_hold(pkt::Packet& packet) {
  held_.push_back(&packet);
  if (held_.size() > hold_) complete(held_.size() - hold_);
}

void MemPort::set_lazy_completion(std::size_t hold) noexcept {
  hold_ = hold;
  if (held_.size() > hold_) complete(held_.size() - hold_);
}

void MemPort::complete(std::size_t n) noexcept {
  for (n = std::min(n, held_.size()); n > 0; --n) {
    held_.front()->free();
    held_.pop_front();
  }
}

void MemPort::deliver(Frame frame) { incoming_.push_back(std::move(frame)); }

std::deque<Frame> MemPort::take_sent() noexcept { return std::exchange(sent_, {}); }

}  // namespace millrace::io
