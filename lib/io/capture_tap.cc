// A whole frame is copied even when few bytes of it are kept: its checksum covers all of them.
#include "io/capture_tap.h"

#include <algorithm>
#include <cstring>

#include "io/tx_checksum.h"

namespace millrace::io {

void CaptureTap::received(std::uint16_t port, std::span<pkt::Packet* const> burst) {
  stage_all(burst, port, CaptureDirection::Received);
  sent(burst.size());
}

void CaptureTap::sending(std::uint16_t port, std::span<pkt::Packet* const> burst) {
  stage_all(burst, port, CaptureDirection::Sent);
}

void CaptureTap::sent(std::size_t n) {
  std::size_t begin = 0;
  for (const std::size_t end : std::span{ends_}.first(std::min(n, ends_.size()))) {
    if (end > begin) ring_->push(std::span{staged_}.subspan(begin, end - begin));
    begin = end;
  }
}

void CaptureTap::stage_all(std::span<pkt::Packet* const> burst, std::uint16_t port, CaptureDirection direction) {
  staged_.clear();
  ends_.clear();
  if (ring_->closed()) return ring_.reset();
  for (const pkt::Packet* packet : burst) stage(*packet, port, direction);
}

void CaptureTap::stage(const pkt::Packet& packet, std::uint16_t port, CaptureDirection direction) {
  const std::size_t begin = staged_.size();
  if (!ring_->filter().matches(packet.bytes())) {
    ends_.push_back(begin);
    return;
  }
  staged_.resize(begin + sizeof(CaptureHeader));
  for (const pkt::Packet* part = &packet; part != nullptr; part = part->next_segment())
    staged_.insert(staged_.end(), part->bytes().begin(), part->bytes().end());
  const std::span frame = std::span{staged_}.subspan(begin + sizeof(CaptureHeader));
  if (direction == CaptureDirection::Sent)
    fill_tx_checksums(frame, packet, {.tx_ipv4_checksum = true, .tx_tcp_checksum = true});
  CaptureHeader header;
  header.time_ns = to_ns(now_);
  header.length = static_cast<std::uint32_t>(frame.size());
  header.kept = std::min(header.length, ring_->snap_length());
  header.port = port;
  header.direction = direction;
  staged_.resize(begin + sizeof header + header.kept);
  std::memcpy(staged_.data() + begin, &header, sizeof header);
  ends_.push_back(staged_.size());
}

}  // namespace millrace::io
