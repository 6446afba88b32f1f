// Telling the peer what arrived twice (RFC 2883): the first block of the next SACK option reports the duplicate, so the
// sender learns that it sent something again needlessly.
#pragma once

#include <array>
#include <cstdint>

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// [left, right) arrived again: the next ACK without text says so, if the peer understands SACK.
void note_duplicate_text(Tcb& tcb, SeqNum left, SeqNum right, Env& env) noexcept;
/// The same for what lies behind other parts of the same segment: the first contiguous duplicate is reported (RFC 2883
/// 4.2.2).
void note_more_duplicate_text(Tcb& tcb, SeqNum left, SeqNum right, Env& env) noexcept;

/// The SACK option of the next ACK without text: the duplicate, if there is one to report, then the blocks. Count
/// returned.
[[nodiscard]] std::uint8_t sack_option(const Tcb& tcb, const Env& env,
                                       std::array<wire::SackBlock, wire::kMaxSackBlocks>& out) noexcept;
/// That ACK was sent: each duplicate is reported once (RFC 2883 4).
void duplicate_reported(const Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
