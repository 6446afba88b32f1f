// The sums are DPDK's rte_raw_cksum over plain bytes. Everything that the mbuf claims about its headers is checked
// against the frame's length before a byte is written.
#include "io/tx_checksum.h"

#include <rte_ip.h>

#include <cstring>

namespace millrace::io {
namespace {

constexpr std::size_t kIpv4Header = 20, kIpv4ChecksumAt = 10;
constexpr std::size_t kTcpHeader = 20, kTcpChecksumAt = 16;

void store_checksum(std::span<std::byte> header, std::size_t at, std::uint16_t sum) noexcept {
  const auto checksum = static_cast<std::uint16_t>(~sum);
  std::memcpy(header.data() + at, &checksum, sizeof checksum);
}

}  // namespace

void fill_tx_checksums(std::span<std::byte> frame, const pkt::Packet& packet, const Offloads& offloads) noexcept {
  const std::size_t l3 = packet.mbuf()->l2_len;
  const std::size_t l4 = l3 + packet.mbuf()->l3_len;
  const std::uint64_t flags = packet.mbuf()->ol_flags;
  if (offloads.tx_ipv4_checksum && (flags & RTE_MBUF_F_TX_IP_CKSUM) != 0 && l4 >= l3 + kIpv4Header &&
      frame.size() >= l4) {
    const std::span header = frame.subspan(l3, l4 - l3);
    std::memset(header.data() + kIpv4ChecksumAt, 0, sizeof(std::uint16_t));
    store_checksum(header, kIpv4ChecksumAt, rte_raw_cksum(header.data(), header.size()));
  }
  // The L4 bits are one number, not flags: UDP's includes TCP's bit.
  if (offloads.tx_tcp_checksum && (flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM &&
      frame.size() >= l4 + kTcpHeader) {
    const std::span segment = frame.subspan(l4);
    store_checksum(segment, kTcpChecksumAt, rte_raw_cksum(segment.data(), segment.size()));
  }
}

}  // namespace millrace::io
