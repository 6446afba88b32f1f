// What congestion control is told, and the window that it answers with. Bytes, bytes per second, instants: no
// connection, packet or clock. All arithmetic on them is in integers, so a simulation replays bit for bit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace millrace::cc {

/// Bytes per second.
using Rate = std::uint64_t;

/// No receiver can offer a larger window (RFC 7323 2.3).
inline constexpr std::uint32_t kMaxWindow = 1u << 30;
/// What ssthresh is before the first reduction: "arbitrarily high" (RFC 5681 3.1).
inline constexpr std::uint32_t kNoSsthresh = 0xffff'ffff;

/// The answer.
struct Window {
  std::uint32_t cwnd = 0;                ///< bytes that may be in the network
  std::uint32_t ssthresh = kNoSsthresh;  ///< bytes
  Rate pacing_rate = 0;                  ///< 0: not paced
};

/// How the sender stands.
struct Sender {
  Time now{};
  std::uint32_t smss = 0;         ///< payload bytes of a full-sized segment
  std::uint32_t in_flight = 0;    ///< bytes believed to be in the network (RFC 6675's pipe)
  std::uint32_t flight_size = 0;  ///< bytes sent and not cumulatively acknowledged (RFC 5681)
  std::uint64_t delivered = 0;    ///< C.delivered: bytes acknowledged or SACKed since the start
  Duration srtt{-1};              ///< smoothed RTT; negative: none yet
  Duration min_rtt{-1};           ///< least of late (RFC 8985 6.2 step 1); negative: none yet
  bool sack = true;               ///< C.has_selective_acks: more than one loss per round trip can be told
};

/// One delivery rate sample (draft-ietf-ccwg-bbr 4.1.2.3), taken from the newest segment that this ACK delivered. What
/// is said of that segment holds for every ACK that delivers something, also if it gives no rate.
struct RateSample {
  Rate rate = 0;                      ///< delivery rate; 0: this ACK gives none
  Duration interval{0};               ///< over which it was measured
  std::uint32_t delivered = 0;        ///< bytes delivered in the interval
  std::uint64_t prior_delivered = 0;  ///< Sender::delivered when that segment was sent
  std::uint32_t tx_in_flight = 0;     ///< bytes in flight when it was sent, itself included
  std::uint32_t lost = 0;             ///< bytes marked lost since it was sent
  bool app_limited = false;           ///< the application had too little to send when it was sent
};

/// What recovery is about.
enum class Phase : std::uint8_t {
  Open,
  Recovery,  ///< fast recovery: the window is PRR's, or the algorithm's own
  Loss,      ///< after a retransmission timeout, until all that was outstanding is acknowledged
};

/// The facts of one acknowledgment; those of Sender are of after it.
struct AckSample : Sender {
  std::uint32_t acked = 0;            ///< bytes newly acknowledged cumulatively
  std::uint32_t newly_delivered = 0;  ///< bytes newly acknowledged or SACKed, each byte once
  std::uint32_t newly_lost = 0;       ///< bytes newly marked lost
  std::uint32_t prior_in_flight = 0;  ///< in_flight before this ACK
  std::uint32_t ce_bytes = 0;         ///< bytes newly delivered that the network had marked (RFC 9768, RFC 8257)
  Duration rtt{-1};                   ///< of the newest segment that was sent once; negative: none
  Phase phase = Phase::Open;          ///< after this ACK
  bool cwnd_limited = false;          ///< the window, not the application, held the sender back
  bool ece = false;                   ///< the ACK carries ECN-Echo (RFC 3168) or reports marks (RFC 9768)
  RateSample rate;
};

/// A segment that has just been marked lost, as it was sent.
struct LostSegment {
  std::uint32_t length = 0;        ///< bytes
  std::uint32_t tx_in_flight = 0;  ///< bytes in flight when it was sent, itself included
  std::uint32_t lost = 0;          ///< bytes marked lost since it was sent, itself included
  bool app_limited = false;
  std::uint32_t sequence = 0;  ///< of its first byte, so that neighbours show as one lost range
};

inline void grow(Window& window, std::uint64_t bytes) noexcept {
  window.cwnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(window.cwnd + bytes, kMaxWindow));
}

/// Bytes that an ACK gives for growth (RFC 3465): none if it reports marks (RFC 3168 6.1.2). After a timeout an ACK may
/// cover what was SACKed long before; only what it delivers counts then.
[[nodiscard]] constexpr std::uint32_t growth_bytes(const AckSample& sample) noexcept {
  if (sample.ece) return 0;
  return sample.phase == Phase::Open ? sample.acked : std::min(sample.acked, sample.newly_delivered);
}

/// min(10 * SMSS, max(2 * SMSS, 14600)), RFC 6928 2.
[[nodiscard]] constexpr std::uint32_t initial_window(std::uint32_t smss) noexcept {
  const std::uint32_t floor = 2 * smss > 14600 ? 2 * smss : 14600;
  return 10 * smss < floor ? 10 * smss : floor;
}

}  // namespace millrace::cc
