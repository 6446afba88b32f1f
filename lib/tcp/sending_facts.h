// How a connection sends, for listings and for the application: a snapshot out of its Tcb and Sender.
#pragma once

#include <cstdint>
#include <string_view>

#include "cc/algorithm.h"
#include "cc/facts.h"

namespace millrace::tcp {

struct Tcb;
class ConnectionTable;

struct SendingFacts {
  cc::Algorithm algorithm{};
  cc::Phase phase = cc::Phase::Open;
  std::uint32_t cwnd = 0;                    ///< bytes
  std::uint32_t ssthresh = cc::kNoSsthresh;  ///< bytes
  cc::Rate pacing_rate = 0;                  ///< bytes per second; 0: not paced
  cc::Rate delivery_rate = 0;                ///< bytes per second, the last sample; 0: none yet
  bool app_limited = false;            ///< the next samples say what the application sends, not what the path carries
  Duration min_rtt{-1};                ///< negative: no sample yet
  bool reordering_seen = false;        ///< RACK (RFC 8985)
  Duration reordering_window{0};       ///< how long RACK waits for what may only be late
  std::uint32_t dsacks = 0;            ///< D-SACKs received
  std::uint32_t lost = 0;              ///< segments marked lost, ever
  std::uint32_t outstanding_lost = 0;  ///< of those outstanding, segments marked lost and not sent again
  std::uint32_t outstanding_sacked = 0;
  std::uint64_t delivered = 0;           ///< bytes acknowledged or SACKed
  std::uint64_t bytes_sent = 0;          ///< each time that they were
  std::uint64_t bytes_sent_again = 0;    ///< of them
  std::uint32_t retransmits = 0;         ///< segments sent again, each time
  std::uint32_t data_segments_sent = 0;  ///< each time that they were
};

[[nodiscard]] SendingFacts sending_facts(const Tcb& tcb, const ConnectionTable& table) noexcept;

/// "open", "recovery", "loss".
[[nodiscard]] std::string_view to_string(cc::Phase phase) noexcept;

}  // namespace millrace::tcp
