// What congestion control is told and what it decides (RFC 5681): facts in, cwnd and ssthresh out.
//
// It knows no connection, packet or clock. Loss detection (which bytes are lost, when recovery begins and ends) is
// recovery's business in lib/tcp; growth and reduction of the window are decided here.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::cc {

/// The state of one connection, in bytes.
struct Window {
  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = 0xffff'ffff;
  std::uint32_t acked = 0;  ///< bytes acknowledged since the last growth in congestion avoidance
};

/// One acknowledgment's facts, shared by all who learn from it.
struct AckSample {
  std::uint32_t acked = 0;      ///< bytes newly acknowledged
  std::uint32_t in_flight = 0;  ///< bytes outstanding before this ACK
  Duration rtt{-1};             ///< negative: no sample (Karn's rule)
  bool cwnd_limited = false;    ///< the window, not the application, held the sender back
};

}  // namespace millrace::cc
