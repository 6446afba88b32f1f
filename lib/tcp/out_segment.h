// A segment on its way out: header and text in a packet, and what the IP layer must know to send it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pkt/packet.h"
#include "wire/ecn.h"

namespace millrace::tcp {

struct OutSegment {
  pkt::Packet* packet;  ///< starts at the TCP header, checksum not filled in; owned
  std::array<std::uint8_t, 16> remote;
  std::uint16_t local_index;
  std::uint8_t dscp;
  std::uint8_t hop_limit;
  wire::Ecn ecn = wire::Ecn::NotEct;
};

/// The segments of one turn, in order. Bounded: room() is checked before a packet is built.
class OutList {
 public:
  explicit OutList(std::size_t capacity) : capacity_(capacity) { segments_.reserve(capacity); }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - segments_.size(); }
  void push(const OutSegment& segment) noexcept { segments_.push_back(segment); }
  [[nodiscard]] std::vector<OutSegment>& segments() noexcept { return segments_; }
  void clear() noexcept { segments_.clear(); }

 private:
  std::vector<OutSegment> segments_;
  std::size_t capacity_;
};

}  // namespace millrace::tcp
