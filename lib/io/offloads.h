// What a link does for us in hardware; the rest is done in software by lib/ip.
#pragma once

namespace millrace::io {

struct Offloads {
  bool tx_ipv4_checksum = false;  ///< fills the IPv4 header checksum when RTE_MBUF_F_TX_IP_CKSUM asks for it
  bool tx_tcp_checksum = false;   ///< completes the TCP checksum over the pseudo-header sum that we put there
  bool rx_checksum = false;       ///< says Good or Bad for IPv4 headers and TCP
  bool tx_chains = false;         ///< transmits chains of mbufs

  bool operator==(const Offloads&) const = default;
};

}  // namespace millrace::io
