// When a paced connection may send: the rule that spreads its segments over time at the rate that congestion control
// gives (draft-ietf-ccwg-bbr 5.6.2; Linux paces alike).
//
// Segments leave in departures: a departure begins at or after `next`, takes one quantum at most, and moves `next` on
// by the time that its bytes need at the rate. A quantum is what the rate sends in 1 ms, at least two segments and at
// most 64 KiB, so a slow connection is not served byte by byte and a fast one not once per segment. Time in which
// there was nothing to send gives no credit: after it goes one quantum, whatever the window. Time in which data was
// held back and the worker came late is made good, up to one quantum. Payload is counted, headers are not.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "cc/facts.h"
#include "timer/node_lists.h"

namespace millrace::tcp {

/// Of one connection. Meaningful while its rate is not 0.
struct PacingState {
  timer::Node node;        ///< on the pacing wheel while data waits for `next`
  Time next{};             ///< the next departure begins no earlier
  std::uint32_t left = 0;  ///< bytes that the running departure may still take
  bool held = false;       ///< data has been waiting for `next`
};

/// Bytes of one departure.
[[nodiscard]] std::uint32_t send_quantum(cc::Rate rate, std::uint32_t smss) noexcept;

/// A segment of `length` bytes may leave now. A `rate` of 0 always says yes.
[[nodiscard]] bool may_depart(const PacingState& pacing, cc::Rate rate, std::uint32_t length, Time now) noexcept;

/// A segment of `length` bytes has left, whether it was asked for or not. Returns `next`.
Time note_departure(PacingState& pacing, cc::Rate rate, std::uint32_t smss, std::uint32_t length, Time now) noexcept;

/// The rate for an algorithm that has only a window: twice cwnd / SRTT in slow start, where the window doubles per
/// round trip, and 1.2 times that beyond, so that the window and not the rate is the limit. 0 while there is no SRTT.
[[nodiscard]] cc::Rate rate_of_window(const cc::Window& window, std::uint32_t in_flight, Duration srtt) noexcept;

}  // namespace millrace::tcp
