// A segment on its way out: header and text in a packet, and what the IP layer must know to send it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "pkt/packet.h"
#include "wire/ecn.h"

namespace millrace::tcp {

struct OutSegment {
  using Remote = std::array<std::uint8_t, 16>;

  OutSegment(pkt::Packet& segment, const Remote& to, std::uint16_t from_index, std::uint8_t with_dscp,
             std::uint8_t with_hop_limit, wire::Ecn with_ecn = wire::Ecn::NotEct) noexcept
      : packet(&segment),
        remote(to),
        local_index(from_index),
        dscp(with_dscp),
        hop_limit(with_hop_limit),
        ecn(with_ecn) {}

  pkt::Packet* packet;  ///< starts at the TCP header, checksum not filled in; owned
  Remote remote;
  std::uint16_t local_index;
  std::uint8_t dscp;
  std::uint8_t hop_limit;
  wire::Ecn ecn;
};

/// The segments of one turn, in order. Bounded: room() is checked before a packet is built.
class OutList {
 public:
  explicit OutList(std::size_t capacity) : capacity_(capacity) { segments_.reserve(capacity); }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - segments_.size(); }
  /// Makes the OutSegment in its place: a copy of what was written field by field just before waits for the cache.
  template <class... Fields>
  void push(Fields&&... fields) noexcept {
    segments_.emplace_back(std::forward<Fields>(fields)...);
  }
  [[nodiscard]] std::vector<OutSegment>& segments() noexcept { return segments_; }
  void clear() noexcept { segments_.clear(); }

 private:
  std::vector<OutSegment> segments_;
  std::size_t capacity_;
};

}  // namespace millrace::tcp
