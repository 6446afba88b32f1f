// What the SYN cache and the cookies share: the SYN,ACK that both send, and the connection that the handshake's ACK
// makes of either (RFC 9293 3.10.7.2, 3.10.7.4).
#pragma once

#include <cstdint>
#include <optional>

#include "tcp/half_open.h"
#include "tcp/outcome.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

struct Env;
struct Tcb;

/// What a SYN says, as a half-open connection; `options` are those of the SYN that are used.
[[nodiscard]] HalfOpen half_open_of(std::uint16_t listener, const flow::FlowKey& key, SeqNum irs,
                                    const wire::TcpOptions& options, const Env& env) noexcept;

/// The window of our SYN,ACK: unscaled, so at most 65535.
[[nodiscard]] std::uint16_t first_window(const HalfOpen& half, const Env& env) noexcept;
/// Our TSval for this peer, now.
[[nodiscard]] std::uint32_t ts_now(const HalfOpen& half, const Env& env) noexcept;

/// Sends `header` to the peer as the listener's options say. False when there was no room or packet for it.
bool reply_to(const HalfOpen& half, wire::TcpHeader& header, Env& env) noexcept;
/// The same for the SYN,ACK.
bool send_syn_ack(const HalfOpen& half, std::uint32_t ts_val, Env& env) noexcept;

/// What `half` would become finds no room: what was done about `seg`. nullopt: there is room.
[[nodiscard]] std::optional<Outcome> refuse_without_room(const HalfOpen& half, const Segment& seg, Env& env) noexcept;
/// The listener is at its limit: what was done about `seg`.
[[nodiscard]] Outcome refuse_when_full(std::uint16_t listener, const Segment& seg, Env& env) noexcept;

/// A Tcb in SYN-RECEIVED, nothing owed; nullptr when a table is full. The 4-tuple is free, or `in_place_of` has it and
/// then loses it.
[[nodiscard]] Tcb* make_connection(const HalfOpen& half, Env& env, flow::FlowRef in_place_of = flow::kNoFlow) noexcept;

/// What the listener's cookie says of the ACK `seg`, if it has sent cookies lately and this is one of them. Counts what
/// is refused.
[[nodiscard]] std::optional<HalfOpen> half_open_of_cookie(std::uint16_t listener, const Segment& seg,
                                                          Env& env) noexcept;
/// The ACK `seg` brought a cookie back: makes the connection, and the segment walks on. The 4-tuple is free.
[[nodiscard]] Outcome establish_by_cookie(const HalfOpen& half, Segment& seg, Env& env) noexcept;

}  // namespace millrace::tcp
