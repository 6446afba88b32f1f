// Initial sequence numbers (RFC 9293 3.4.1, RFC 6528): ISN = M + F(4-tuple, secret), and timestamp offsets (RFC
// 7323 5.4).
//
// M ticks every 4 us (MUST-8), so numbers of one 4-tuple grow with time; F is SipHash-2-4 under a secret that nobody
// outside can compute (MUST-9).
#pragma once

#include <cstdint>

#include "base/siphash.h"
#include "base/time.h"
#include "flow/flow_key.h"
#include "wire/seq_num.h"

namespace millrace::tcp {

[[nodiscard]] wire::SeqNum initial_sequence_number(const flow::FlowKey& key, Time now,
                                                   const base::SipKey& secret) noexcept;

/// The same, but beyond `last_sent`, the highest number of the last incarnation, and beyond what its old duplicates
/// could put into a window without scaling (RFC 9293 MAY-2, RFC 6191 2, RFC 1122 4.2.2.13).
[[nodiscard]] wire::SeqNum initial_sequence_number_after(const flow::FlowKey& key, Time now, const base::SipKey& secret,
                                                         wire::SeqNum last_sent) noexcept;

/// What is added to our millisecond clock in TSval: fixed for one pair of addresses, so timestamps stay monotonic from
/// one connection of a 4-tuple to the next (RFC 6191 needs that), and unpredictable for others.
[[nodiscard]] std::uint32_t timestamp_offset(const flow::FlowKey& key, const base::SipKey& secret) noexcept;

/// TSval without the offset: milliseconds.
[[nodiscard]] constexpr std::uint32_t timestamp_clock(Time now) noexcept {
  return static_cast<std::uint32_t>(to_ns(now) / 1'000'000);
}

}  // namespace millrace::tcp
