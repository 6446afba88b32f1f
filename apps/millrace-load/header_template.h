// The headers of all segments to one target, built once: per segment only what differs is written.
//
// Ethernet, IP and TCP header without options lie ready as bytes, with the sums of all that does not change. A segment
// costs a copy of 54 (IPv6: 74) bytes, six stores and a few additions. Checksums are completed here, or left to the
// port as its offload wants it: the pseudo-header's sum in the field.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "pkt/packet.h"
#include "sources.h"
#include "wire/address.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/seq_num.h"
#include "wire/tcp_header.h"

namespace millrace::load {

struct Target {
  wire::IpAddress address;
  std::uint16_t port = 0;
  bool operator==(const Target&) const = default;
};

/// What differs from segment to segment.
struct SegmentFields {
  std::uint32_t source_word = 0;  ///< the last 32 bits of our address, see Sources::word
  std::uint16_t source_port = 0;
  wire::SeqNum seq, ack;
  std::uint8_t ctl = 0;
};

class HeaderTemplate {
 public:
  /// `window`: as on the wire, in every segment. `offload`: the port completes IPv4 and TCP checksums.
  HeaderTemplate(const Sources& sources, const Target& target, std::uint16_t window, bool offload) noexcept;

  void set_macs(const wire::MacAddress& own, const wire::MacAddress& next_hop) noexcept;

  /// Bytes of all headers in front of options and text.
  [[nodiscard]] std::size_t size() const noexcept { return l3_length_ + wire::kEthernetHeader + wire::kTcpMinHeader; }
  [[nodiscard]] const Target& target() const noexcept { return target_; }
  /// Whether a received packet came from the target; `remote` as Arrival has it.
  [[nodiscard]] bool is_target(const std::byte* remote, std::uint16_t port) const noexcept {
    const std::uint8_t* const address = target_.address.bytes.data();
    return port == target_.port && (v4_ ? std::memcmp(remote, address + 12, 4) : std::memcmp(remote, address, 16)) == 0;
  }

  /// Writes the headers into the first size() bytes of the packet, whose options (a multiple of 4 bytes) and text lie
  /// behind them already.
  void write(pkt::Packet& packet, const SegmentFields& fields, std::size_t options) const noexcept;

 private:
  void write_ip(std::byte* ip, std::uint32_t source_word, std::size_t segment) const noexcept;
  void write_tcp(std::span<std::byte> segment, const SegmentFields& fields, std::size_t options) const noexcept;

  static constexpr std::size_t kMost = wire::kEthernetHeader + wire::kIpv6Header + wire::kTcpMinHeader;

  std::array<std::byte, kMost> bytes_{};
  std::size_t l3_length_;
  Target target_;
  bool v4_;
  bool offload_;
  std::uint32_t ip_sum_ = 0;      ///< 16-bit words of the IPv4 header that never change
  std::uint32_t pseudo_sum_ = 0;  ///< of the pseudo-header
  std::uint32_t tcp_sum_ = 0;     ///< of the TCP header
};

}  // namespace millrace::load
