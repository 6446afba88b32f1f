// What links and their watchers need of a frame, read in place: whose segment it is and which bytes it carries. For
// every frame of a simulation, so it copies and allocates nothing; tcp_frame.h has all fields.
#pragma once

#include <cstdint>

#include "io/mem_port.h"

namespace millrace::sim {

struct FrameView {
  bool tcp = false;  ///< else nothing below is set
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t ctl = 0;    ///< wire::Ctl bits
  std::uint32_t text = 0;  ///< bytes
  std::uint8_t ecn = 0;    ///< the two bits of the IP header
};

/// TCP over IPv4 or IPv6 in an untagged Ethernet frame, without extension headers.
[[nodiscard]] FrameView view_frame(const io::Frame& frame) noexcept;

}  // namespace millrace::sim
