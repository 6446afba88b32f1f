// Frames as scenarios look at them and forge them: the TCP header and text of an Ethernet frame with IPv4 or
// IPv6; the addresses tell which.
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
  std::uint8_t dscp = 0;
  std::uint8_t hop_limit = 64;
  std::uint8_t ecn = 0;  ///< two bits

  /// SEG.LEN.
  [[nodiscard]] std::uint32_t seg_len() const noexcept {
    return static_cast<std::uint32_t>(text.size()) + (tcp.ctl.syn() ? 1u : 0u) + (tcp.ctl.fin() ? 1u : 0u);
  }
  /// As tcpdump prints flags: "S.", "P.", "F.", "R", and the number of bytes of text behind them if there are any.
  [[nodiscard]] std::string shape() const;
};

/// nullopt when the frame is not TCP over IPv4 or IPv6.
[[nodiscard]] std::optional<TcpFrame> parse_tcp_frame(const io::Frame& frame);

/// The frame with lengths and checksums right; hosts have the MAC addresses of family.h.
[[nodiscard]] io::Frame build_tcp_frame(const TcpFrame& frame);

/// What a router (number 0x0a0000fe) says to the sender of `about`: an ICMP error that quotes its IP header and 8 bytes
/// more. `type` and `code` are ICMP's; over IPv6 it is the same error of ICMPv6.
[[nodiscard]] io::Frame build_icmp_error(const TcpFrame& about, std::uint8_t type, std::uint8_t code,
                                         std::uint16_t mtu = 0);

/// What a host says that claims `address` for `mac`, to everybody: a gratuitous ARP request, or an unsolicited neighbor
/// advertisement that overrides.
[[nodiscard]] io::Frame build_claim(const wire::IpAddress& address, const wire::MacAddress& mac);

}  // namespace millrace::sim
