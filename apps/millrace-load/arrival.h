// A received frame as far as the engine needs it: whose it is, and the fields of the TCP header.
//
// Nothing is believed about lengths: a frame is a TCP segment for us only if every header lies within it. Fragments,
// extension headers and VLAN tags are not for us; a generator's wire has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pkt/packet.h"
#include "sources.h"
#include "wire/seq_num.h"
#include "wire/tcp_header.h"

namespace millrace::load {

struct Arrival {
  std::uint32_t local = 0;            ///< our end: place of the address in the upper bits, port in the lower 16
  const std::byte* remote = nullptr;  ///< the peer's address in the packet: 4 bytes, or 16 of IPv6
  std::uint16_t remote_port = 0;
  std::uint16_t window = 0;  ///< as on the wire
  wire::SeqNum seq, ack;
  wire::Ctl ctl;
  std::span<const std::byte> options;
  std::span<const std::byte> text;
};

enum class FrameKind : std::uint8_t {
  Segment,      ///< TCP for one of our addresses
  Control,      ///< ARP or ICMPv6: for the neighborhood
  Stray,        ///< for somebody else, or of a kind that we do not speak
  Damaged,      ///< headers that do not fit the frame
  BadChecksum,  ///< by the port's word, or by ours
};

/// Reads a frame. `arrival` refers to the packet's bytes and is filled only for a Segment. `sum` makes it check
/// checksums that the port did not check.
[[nodiscard]] FrameKind read_frame(const pkt::Packet& packet, const Sources& sources, bool sum,
                                   Arrival& arrival) noexcept;

}  // namespace millrace::load
