// The record of one segment that was sent and is not yet acknowledged cumulatively: where its text lies, when it was
// sent last, and what became of it (RFC 9293 3.8.1; RFC 8985 5.2; draft-ietf-ccwg-bbr 4.1.2.1).
//
// One cache line, from a slab of the shard, in the SentList of its connection. Retransmission starts from it without
// walking the send queue. The numbers of delivery are as they were when it was sent last.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "base/time.h"
#include "pkt/packet.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct SentSegment {
  // Links: by sequence number, and, of those in flight, by time of transmission.
  std::uint32_t next = base::kNoIndex;
  std::uint32_t prev = base::kNoIndex;
  std::uint32_t later = base::kNoIndex;
  std::uint32_t earlier = base::kNoIndex;

  SeqNum seq;
  std::uint16_t length = 0;       ///< bytes of text
  std::uint16_t offset = 0;       ///< where the text begins, from the start of the packet's buffer
  pkt::Packet* packet = nullptr;  ///< of the send queue, where the text begins; nullptr: no text
  Time sent_at{};                 ///< of the last transmission (Segment.xmit_ts)

  std::uint32_t delivered = 0;        ///< low bits of Delivery::delivered
  std::uint32_t lost = 0;             ///< low bits of Delivery::lost
  std::uint32_t tx_in_flight = 0;     ///< bytes in flight, itself included
  std::uint32_t since_first = 0;      ///< from Delivery::first_sent_at to sent_at, in kElapsedUnit
  std::uint32_t since_delivered = 0;  ///< from Delivery::delivered_at to sent_at, in kElapsedUnit

  std::uint8_t flags = 0;
  std::uint8_t transmissions = 1;  ///< stays at 255

  static constexpr std::uint8_t kFin = 1;         ///< our FIN follows the text
  static constexpr std::uint8_t kSacked = 2;      ///< the peer has it
  static constexpr std::uint8_t kLost = 4;        ///< it is to be sent again; neither: in flight
  static constexpr std::uint8_t kAppLimited = 8;  ///< the application had too little to send
  /// Elapsed times are kept in units that let 32 bits hold minutes.
  static constexpr Duration kElapsedUnit = nanoseconds{64};

  [[nodiscard]] bool fin() const noexcept { return (flags & kFin) != 0; }
  [[nodiscard]] bool sacked() const noexcept { return (flags & kSacked) != 0; }
  [[nodiscard]] bool lost_now() const noexcept { return (flags & kLost) != 0; }
  [[nodiscard]] bool in_flight() const noexcept { return (flags & (kSacked | kLost)) == 0; }
  [[nodiscard]] bool sent_once() const noexcept { return transmissions == 1; }
  /// Sequence numbers that it takes.
  [[nodiscard]] std::uint32_t seg_len() const noexcept { return std::uint32_t{length} + (fin() ? 1u : 0u); }
  /// Segment.end_seq.
  [[nodiscard]] SeqNum end() const noexcept { return seq + seg_len(); }
};
static_assert(sizeof(SentSegment) == 64);

using SentSlab = base::Slab<SentSegment>;

}  // namespace millrace::tcp
