// SYN cookies (RFC 4987 3.6): the state of a half-open connection, kept by the peer instead of by us.
//
// The ISS carries the peer's MSS, rounded down to a table, and the generation, under a keyed hash over 4-tuple, IRS and
// everything that is carried. Window scale and SACK travel in the low bits of our TSval, which the peer echoes; a peer
// without timestamps gets neither. When cookies are sent and believed is listen.cc's to decide; this room of functions
// has no state.
#pragma once

#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "base/time.h"
#include "flow/flow_key.h"
#include "wire/seq_num.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

/// A cookie is good in the period in which it was made and in the next: 64 to 128 s.
inline constexpr Duration kCookiePeriod = seconds{64};
inline constexpr Duration kCookieLifetime = 2 * kCookiePeriod;

/// What a cookie carries of the options of a SYN. The MSS is never 0: an absent one becomes its family's default.
[[nodiscard]] wire::TcpOptions kept_by_cookie(const wire::TcpOptions& syn, bool v4) noexcept;

/// The ISS of a SYN,ACK; `kept` comes from kept_by_cookie.
[[nodiscard]] wire::SeqNum make_cookie(const flow::FlowKey& key, wire::SeqNum irs, const wire::TcpOptions& kept,
                                       Time now, const base::SipKey& secret) noexcept;

/// The TSval of that SYN,ACK: `ts_now`, or up to 32 ms earlier, so that TSval never goes back later.
[[nodiscard]] std::uint32_t cookie_timestamp(std::uint32_t ts_now, const wire::TcpOptions& kept) noexcept;

/// The options of the SYN that `cookie` was made for, if it is one of ours and not too old. `ack` are the options of
/// the segment that acknowledges it; TSval is taken from there.
[[nodiscard]] std::optional<wire::TcpOptions> read_cookie(const flow::FlowKey& key, wire::SeqNum irs,
                                                          wire::SeqNum cookie, const wire::TcpOptions& ack, Time now,
                                                          const base::SipKey& secret) noexcept;

}  // namespace millrace::tcp
