// One packet: a thin Packet over rte_mbuf, the same in production and in tests.
//
// A Packet has no state besides the mbuf and the mbuf's private area (PacketMeta). Who holds a Packet* owns one
// reference; free() gives it back. The bytes between data() and data()+length() are what the current layer sees; layers
// trim and prepend as they go. A chain (next segment of the same packet) is reached by next_segment().
//
// While a packet waits in a PacketQueue it is a *slice*: meta().slice_offset/slice_length say which bytes of the buffer
// the queue holds. They stay true while headers are written in front of them and while the NIC still holds the packet.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/export.h"
#include "base/time.h"

namespace millrace::pkt {

class Packet;

/// The private area: a cache line that travels with every mbuf of every pool, of one size for all.
struct alignas(64) PacketMeta {
  // Where it came from and where it goes (io, ip).
  std::uint16_t port = 0;  ///< index of the port it arrived on or leaves by
  std::uint16_t vlan = 0;  ///< tag that it came with; 0: none

  // As a slice of a queue (tcp). Offsets count from the mbuf's buffer start.
  std::uint16_t slice_offset = 0;  ///< where the slice begins
  std::uint16_t slice_length = 0;  ///< bytes in it
  std::uint32_t seq = 0;           ///< reassembly: sequence number of the slice's first byte

  // Bytes whose checksum is known (Packet::know_sum). Offsets as above.
  std::uint16_t summed_offset = 0;  ///< where they begin
  std::uint16_t summed_length = 0;  ///< 0: none
  std::uint16_t sum = 0;            ///< folded, not complemented, in host order

  bool whole = false;  ///< queued as it was given, so segments keep its borders if they can (tcp/build_segment)

  Packet* queue_next = nullptr;  ///< the next slice of the PacketQueue

  /// Links of the reassembly (tcp/reassembly); in a PacketQueue's first packet, which is in no tree, its end and sums.
  std::uint64_t tree_hook[4] = {};

  bool operator==(const PacketMeta&) const = default;
};
/// Of every pool's mbufs, in bytes.
inline constexpr std::uint16_t kPrivateSize = 128;
static_assert(sizeof(PacketMeta) == 64 && sizeof(PacketMeta) <= kPrivateSize);

/// How the checksums of a received packet stand (mirrors RTE_MBUF_F_RX_*_CKSUM_*): Good and None are accepted, Bad is
/// dropped, Unknown is checked in software.
enum class RxChecksum : std::uint8_t { Unknown, Good, Bad, None };

/// What a port shall fill in, and how long the headers before that are.
struct TxChecksums {
  bool v4 = false;             ///< else IPv6
  bool ip = false;             ///< the IPv4 header's
  bool tcp = false;            ///< the TCP header's
  std::uint8_t l2_length = 0;  ///< bytes of the Ethernet header
  std::uint8_t l3_length = 0;  ///< bytes of the IP header
  std::uint8_t l4_length = 0;  ///< bytes of the TCP header
};

/// An rte_mbuf and nothing else; never made by itself, only seen where a pool's mbuf is.
class MILLRACE_API Packet {
 public:
  /// The same memory as a Packet; nullptr stays nullptr.
  [[nodiscard]] static Packet* from(rte_mbuf* mbuf) noexcept { return reinterpret_cast<Packet*>(mbuf); }
  /// The packet whose private area this is: it lies right behind the mbuf.
  [[nodiscard]] static Packet& of(PacketMeta& meta) noexcept { return *from(reinterpret_cast<rte_mbuf*>(&meta) - 1); }
  /// The same memory as DPDK calls it.
  [[nodiscard]] rte_mbuf* mbuf() noexcept { return &mbuf_; }
  /// The same memory as DPDK calls it.
  [[nodiscard]] const rte_mbuf* mbuf() const noexcept { return &mbuf_; }

  /// The first byte of this segment of the chain.
  [[nodiscard]] std::byte* data() noexcept { return rte_pktmbuf_mtod(&mbuf_, std::byte*); }
  /// The first byte of this segment of the chain.
  [[nodiscard]] const std::byte* data() const noexcept { return buffer() + mbuf_.data_off; }
  /// Where the buffer starts: the offsets of slices count from here.
  [[nodiscard]] std::byte* buffer() noexcept { return static_cast<std::byte*>(mbuf_.buf_addr); }
  /// Where the buffer starts.
  [[nodiscard]] const std::byte* buffer() const noexcept { return static_cast<const std::byte*>(mbuf_.buf_addr); }
  /// Bytes in this segment of the chain.
  [[nodiscard]] std::uint16_t length() const noexcept { return mbuf_.data_len; }
  /// Bytes in the whole chain.
  [[nodiscard]] std::uint32_t total_length() const noexcept { return mbuf_.pkt_len; }
  /// What is in this segment of the chain.
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return {data(), length()}; }
  /// What is in this segment of the chain.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data(), length()}; }
  /// Bytes that prepend() may still take.
  [[nodiscard]] std::uint16_t headroom() const noexcept { return mbuf_.data_off; }
  /// Bytes that append() may still take.
  [[nodiscard]] std::uint16_t tailroom() const noexcept {
    return static_cast<std::uint16_t>(mbuf_.buf_len - mbuf_.data_off - mbuf_.data_len);
  }
  /// True when the packet is one segment.
  [[nodiscard]] bool contiguous() const noexcept { return mbuf_.nb_segs == 1; }
  /// The next segment of the chain; nullptr: none.
  [[nodiscard]] Packet* next_segment() noexcept { return from(mbuf_.next); }
  /// The next segment of the chain; nullptr: none.
  [[nodiscard]] const Packet* next_segment() const noexcept { return from(mbuf_.next); }

  /// Grows the packet by `n` bytes at its front; the caller has made sure that headroom() >= n.
  std::byte* prepend(std::uint16_t n) noexcept {
    MILLRACE_ASSERT(headroom() >= n);
    mbuf_.data_off = static_cast<std::uint16_t>(mbuf_.data_off - n);
    mbuf_.data_len = static_cast<std::uint16_t>(mbuf_.data_len + n);
    mbuf_.pkt_len += n;
    return data();
  }
  /// Grows the (unchained) packet by `n` bytes at its end; tailroom() >= n.
  std::byte* append(std::uint16_t n) noexcept {
    MILLRACE_ASSERT(contiguous() && tailroom() >= n);
    std::byte* end = data() + length();
    mbuf_.data_len = static_cast<std::uint16_t>(mbuf_.data_len + n);
    mbuf_.pkt_len += n;
    return end;
  }
  /// Drops `n` bytes at the front of this segment; n <= length().
  void trim_front(std::uint16_t n) noexcept {
    MILLRACE_ASSERT(length() >= n);
    mbuf_.data_off = static_cast<std::uint16_t>(mbuf_.data_off + n);
    mbuf_.data_len = static_cast<std::uint16_t>(mbuf_.data_len - n);
    mbuf_.pkt_len -= n;
  }
  /// Drops `n` bytes at the end of the chain. False, and nothing is dropped, when its last segment has fewer.
  [[nodiscard]] bool trim_back(std::uint32_t n) noexcept {
    return n <= 0xffff && rte_pktmbuf_trim(&mbuf_, static_cast<std::uint16_t>(n)) == 0;
  }
  /// Makes the data area exactly [offset, offset+length) of the buffer, as an unchained packet.
  void set_data(std::uint16_t offset, std::uint16_t length) noexcept {
    mbuf_.data_off = offset;
    mbuf_.data_len = length;
    mbuf_.pkt_len = length;
    mbuf_.nb_segs = 1;
    mbuf_.next = nullptr;
  }

  /// Shortens this segment of the chain to `length` bytes; the chain's total is the caller's to restore (set_data
  /// does).
  void cut_segment(std::uint16_t length) noexcept { mbuf_.data_len = length; }
  /// Forgets what a NIC said or was asked to do; only how the buffer is attached stays.
  void clear_offloads() noexcept {
    mbuf_.ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
    mbuf_.tx_offload = 0;
  }
  /// Asks the port for checksums; after clear_offloads().
  void request_checksums(const TxChecksums& wanted) noexcept;

  /// What travels with it.
  [[nodiscard]] PacketMeta& meta() noexcept { return *static_cast<PacketMeta*>(rte_mbuf_to_priv(&mbuf_)); }
  /// What travels with it.
  [[nodiscard]] const PacketMeta& meta() const noexcept {
    return *static_cast<const PacketMeta*>(rte_mbuf_to_priv(const_cast<rte_mbuf*>(&mbuf_)));
  }

  /// True when nobody else (NIC, indirect packet) refers to this mbuf or its buffer: only then may its bytes or headers
  /// change. An externally attached buffer counts its references itself (an indirect packet over it refers to the
  /// buffer, not to this mbuf); an indirect packet's bytes belong to another mbuf, so it never is exclusive.
  [[nodiscard]] bool exclusive() const noexcept {
    if (rte_mbuf_refcnt_read(&mbuf_) != 1 || RTE_MBUF_CLONED(&mbuf_)) return false;
    return !RTE_MBUF_HAS_EXTBUF(&mbuf_) || rte_mbuf_ext_refcnt_read(mbuf_.shinfo) == 1;
  }
  /// Takes one more reference (an atomic when shared, as DPDK does it).
  void add_reference() noexcept { rte_mbuf_refcnt_update(&mbuf_, 1); }
  /// Gives one reference of every segment back; the last one returns the mbuf to its pool.
  void free() noexcept { rte_pktmbuf_free(&mbuf_); }

  /// What this packet costs its holder: the whole buffer and the mbuf, whatever the number of bytes used (truesize).
  [[nodiscard]] std::uint32_t truesize() const noexcept {
    return static_cast<std::uint32_t>(mbuf_.buf_len + sizeof(rte_mbuf) + kPrivateSize);
  }

  /// What the port said of the IPv4 header's checksum.
  [[nodiscard]] RxChecksum rx_ip_checksum() const noexcept;
  /// What the port said of the TCP checksum.
  [[nodiscard]] RxChecksum rx_l4_checksum() const noexcept;

  /// The slice as bytes (valid while it is queued).
  [[nodiscard]] std::span<std::byte> slice() noexcept { return {buffer() + meta().slice_offset, meta().slice_length}; }
  /// Declares the current data area to be the slice.
  void data_to_slice() noexcept {
    meta().slice_offset = mbuf_.data_off;
    meta().slice_length = mbuf_.data_len;
  }

  /// Keeps the sum of the bytes [offset, offset+length) of the buffer. It is theirs, not the slice's: whoever writes
  /// there (append_compact, an application, a header in the place of what was cut off the slice) forgets it first.
  void know_sum(std::uint16_t offset, std::uint16_t length, std::uint16_t sum) noexcept {
    meta().summed_offset = offset;
    meta().summed_length = length;
    meta().sum = sum;
  }
  /// As `other`, which has the same buffer, knows it.
  void know_sum_of(const Packet& other) noexcept {
    know_sum(other.meta().summed_offset, other.meta().summed_length, other.meta().sum);
  }
  /// Bytes of the buffer are about to change.
  void forget_sum() noexcept { meta().summed_length = 0; }
  /// How many bytes at the end of this segment of the chain have the known sum, and nothing else does; 0: none.
  [[nodiscard]] std::uint16_t summed_tail() const noexcept {
    const PacketMeta& m = meta();
    const bool ends_here = m.summed_offset + m.summed_length == mbuf_.data_off + mbuf_.data_len;
    return ends_here && m.summed_offset >= mbuf_.data_off ? m.summed_length : std::uint16_t{0};
  }

  Packet() = delete;

 private:
// rte_mbuf has zero-size marker members, a GNU extension that -Wpedantic refuses in a member of ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
  rte_mbuf mbuf_;
#pragma GCC diagnostic pop
};
static_assert(sizeof(Packet) == sizeof(rte_mbuf));

inline RxChecksum Packet::rx_ip_checksum() const noexcept {
  switch (mbuf_.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) {
    case RTE_MBUF_F_RX_IP_CKSUM_GOOD:
      return RxChecksum::Good;
    case RTE_MBUF_F_RX_IP_CKSUM_BAD:
      return RxChecksum::Bad;
    case RTE_MBUF_F_RX_IP_CKSUM_NONE:
      return RxChecksum::None;
    default:
      return RxChecksum::Unknown;
  }
}

inline RxChecksum Packet::rx_l4_checksum() const noexcept {
  switch (mbuf_.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) {
    case RTE_MBUF_F_RX_L4_CKSUM_GOOD:
      return RxChecksum::Good;
    case RTE_MBUF_F_RX_L4_CKSUM_BAD:
      return RxChecksum::Bad;
    case RTE_MBUF_F_RX_L4_CKSUM_NONE:
      return RxChecksum::None;
    default:
      return RxChecksum::Unknown;
  }
}

}  // namespace millrace::pkt
