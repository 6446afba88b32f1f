// The TCP header (RFC 9293 3.1) and its options as fields: parse from bytes, build into bytes.
//
// Options understood: End of List, NOP, MSS, window scale and timestamps (RFC 7323), SACK-permitted and SACK
// (RFC 2018), Fast Open (RFC 7413), AccECN (RFC 9768). Unknown ones are skipped by their length (MUST-6). A length of 0
// or 1, or one beyond the header, ends option parsing and sets `malformed` (MUST-7): what was read before stays valid,
// the segment is still used. This room sees neither clock nor connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/bytes.h"
#include "wire/seq_num.h"

namespace millrace::wire {

inline constexpr std::size_t kTcpMinHeader = 20;
inline constexpr std::size_t kTcpMaxHeader = 60;

/// SEG.CTL: the control bits, as they lie in octet 13, and AE beside them, the last bit of octet 12.
struct Ctl {
  std::uint8_t bits = 0;
  bool ae = false;

  static constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20,
                                kEce = 0x40, kCwr = 0x80;
  [[nodiscard]] constexpr bool fin() const noexcept { return (bits & kFin) != 0; }
  [[nodiscard]] constexpr bool syn() const noexcept { return (bits & kSyn) != 0; }
  [[nodiscard]] constexpr bool rst() const noexcept { return (bits & kRst) != 0; }
  [[nodiscard]] constexpr bool psh() const noexcept { return (bits & kPsh) != 0; }
  [[nodiscard]] constexpr bool ack() const noexcept { return (bits & kAck) != 0; }
  [[nodiscard]] constexpr bool urg() const noexcept { return (bits & kUrg) != 0; }
  [[nodiscard]] constexpr bool ece() const noexcept { return (bits & kEce) != 0; }
  [[nodiscard]] constexpr bool cwr() const noexcept { return (bits & kCwr) != 0; }
  /// AE, CWR and ECE as one number of three bits (RFC 9768 3.2.2).
  [[nodiscard]] constexpr std::uint8_t ace() const noexcept {
    return static_cast<std::uint8_t>((ae ? 4 : 0) | bits >> 6);
  }
  constexpr void set_ace(std::uint8_t ace) noexcept {
    ae = (ace & 4) != 0;
    bits = static_cast<std::uint8_t>((bits & 0x3f) | (ace & 3) << 6);
  }
  friend constexpr bool operator==(Ctl, Ctl) = default;
};

/// One SACK block: [left, right) was received.
struct SackBlock {
  SeqNum left;
  SeqNum right;
  friend constexpr bool operator==(const SackBlock&, const SackBlock&) = default;
};

inline constexpr std::size_t kMaxSackBlocks = 4;

/// RFC 7413 4.1.1: 4 to 16 bytes, an even number. Length 0 asks for a cookie.
struct FastOpenCookie {
  static constexpr std::size_t kLeast = 4, kMost = 16;
  std::uint8_t length = 0;
  std::array<std::uint8_t, kMost> bytes{};  ///< 0 behind `length`
  friend constexpr bool operator==(const FastOpenCookie&, const FastOpenCookie&) = default;
};

/// The AccECN option (RFC 9768 3.2.3): bytes of text received so far by the codepoint of their IP header, modulo 2^24.
/// Order 0 has EE0B first, order 1 EE1B; ECEB is always in the middle, and what is left out is left out at the end.
struct AccEcnOption {
  static constexpr std::uint8_t kAbsent = 0xff;
  static constexpr std::uint32_t kMask = 0xff'ffff;

  std::uint8_t fields = kAbsent;  ///< how many of the three are there
  bool order1 = false;
  std::uint32_t e0b = 0;
  std::uint32_t ceb = 0;
  std::uint32_t e1b = 0;

  [[nodiscard]] constexpr bool present() const noexcept { return fields != kAbsent; }
  [[nodiscard]] constexpr bool has_e0b() const noexcept { return present() && fields >= (order1 ? 3 : 1); }
  [[nodiscard]] constexpr bool has_ceb() const noexcept { return present() && fields >= 2; }
  [[nodiscard]] constexpr bool has_e1b() const noexcept { return present() && fields >= (order1 ? 1 : 3); }
  friend constexpr bool operator==(const AccEcnOption&, const AccEcnOption&) = default;
};

/// Bytes that an AccECN option of so many fields takes as build_tcp lays it out, NOPs included.
[[nodiscard]] constexpr std::size_t accecn_group_size(std::size_t fields) noexcept {
  return (2 + 3 * fields + 3) / 4 * 4;
}

struct TcpOptions {
  std::uint16_t mss = 0;          ///< 0: absent
  std::uint8_t window_scale = 0;  ///< shift count, already limited to 14 (RFC 7323 2.3)
  bool has_window_scale = false;
  bool sack_permitted = false;
  bool has_timestamps = false;
  bool malformed = false;       ///< parsing stopped early; see the file head
  bool has_fast_open = false;   ///< of a SYN; see `fast_open`
  std::uint8_t sack_count = 0;  ///< blocks used in `sack`
  std::uint32_t ts_val = 0;
  std::uint32_t ts_ecr = 0;
  std::array<SackBlock, kMaxSackBlocks> sack{};
  FastOpenCookie fast_open;
  AccEcnOption accecn;
};

/// The fixed part.
struct TcpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  SeqNum seq;
  SeqNum ack;
  Ctl ctl;
  std::uint16_t window = 0;  ///< as on the wire, unscaled, unsigned (MUST-1)
  std::uint16_t urgent_pointer = 0;
  std::uint8_t header_length = 0;  ///< bytes, options included (parse only)
};

struct TcpHeader : TcpFields {
  TcpOptions options;
};

/// Reads options into `options`, which has none yet; `area` is what lies between byte 20 and the data offset.
void parse_tcp_options(std::span<const std::byte> area, TcpOptions& options) noexcept;
[[nodiscard]] inline TcpOptions parse_tcp_options(std::span<const std::byte> area) noexcept {
  TcpOptions options;
  parse_tcp_options(area, options);
  return options;
}

/// Reads the header from the start of `segment` (header and text) into `header`, and its options into `options`, which
/// has none yet. False when the segment is shorter than its data offset says or the data offset is below 5. Does not
/// check the checksum.
[[nodiscard]] inline bool parse_tcp(std::span<const std::byte> segment, TcpFields& header,
                                    TcpOptions& options) noexcept {
  if (segment.size() < kTcpMinHeader) return false;
  const std::byte* p = segment.data();
  const std::size_t header_length = std::size_t{load_u8(p + 12)} / 16 * 4;
  if (header_length < kTcpMinHeader || header_length > segment.size()) return false;
  header.source_port = load_be16(p);
  header.destination_port = load_be16(p + 2);
  header.seq = SeqNum{load_be32(p + 4)};
  header.ack = SeqNum{load_be32(p + 8)};
  header.ctl = {load_u8(p + 13), (load_u8(p + 12) & 1) != 0};
  header.window = load_be16(p + 14);
  header.urgent_pointer = load_be16(p + 18);
  header.header_length = static_cast<std::uint8_t>(header_length);
  if (header_length > kTcpMinHeader)
    parse_tcp_options(segment.subspan(kTcpMinHeader, header_length - kTcpMinHeader), options);
  if (!header.ctl.syn()) options.has_fast_open = false;  // RFC 7413 2: ignored elsewhere
  return true;
}

/// The same in one piece.
[[nodiscard]] inline std::optional<TcpHeader> parse_tcp(std::span<const std::byte> segment) noexcept {
  TcpHeader header;
  if (!parse_tcp(segment, header, header.options)) return std::nullopt;
  return header;
}

/// Bytes that build_tcp will write for these fields: 20 plus options padded to a multiple of 4, at most 60.
/// SACK blocks that do not fit are left out.
[[nodiscard]] std::size_t tcp_header_size(const TcpHeader& header) noexcept;

/// Writes the header into `out` (at least tcp_header_size bytes) with a zero checksum field; returns the bytes written.
/// Options that are absent (mss 0, has_* false, sack_count 0) are not written, nor are MSS, window scale,
/// SACK-permitted and Fast Open without SYN (MUST-65, RFC 7323 2.2, RFC 2018 2, RFC 7413 2); timestamps are laid out
/// NOP NOP TS, or SACK-permitted TS beside Fast Open. AccECN goes behind these where it fits; SACK blocks give way to
/// it.
std::size_t build_tcp(const TcpHeader& header, std::span<std::byte> out) noexcept;

}  // namespace millrace::wire
