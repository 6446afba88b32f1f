// Frames as scenarios look at them and forge them: the TCP header and text of an Ethernet frame with IPv4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/mem_port.h"
#include "wire/address.h"
#include "wire/tcp_header.h"

namespace millrace::sim {

struct TcpFrame {
  wire::IpAddress source, destination;
  wire::TcpHeader tcp;
  std::vector<std::byte> text;

  /// SEG.LEN.
  [[nodiscard]] std::uint32_t seg_len() const noexcept {
    return static_cast<std::uint32_t>(text.size()) + (tcp.ctl.syn() ? 1u : 0u) + (tcp.ctl.fin() ? 1u : 0u);
  }
  /// As tcpdump prints flags: "S.", "P.", "F.", "R", and the number of bytes of text behind them if there are any.
  [[nodiscard]] std::string shape() const;
};

/// nullopt when the frame is not TCP over IPv4.
[[nodiscard]] std::optional<TcpFrame> parse_tcp_frame(const io::Frame& frame);

/// The frame with lengths and checksums right; hosts have MAC addresses after their IPv4 address (host.h).
[[nodiscard]] io::Frame build_tcp_frame(const TcpFrame& frame);

}  // namespace millrace::sim
