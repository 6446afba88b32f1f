// What the flags of SYN and SYN,ACK agree on: RFC 3168 6.1.1 and the tables 2 to 4 of RFC 9768 as functions of values.
//
// Flags are (AE, CWR, ECE) as one number of three bits (wire::Ctl::ace). Who remembers what was said, and what follows
// from it, is ecn_handshake's.
#pragma once

#include <cstdint>
#include <optional>

#include "tcp/user_options.h"
#include "wire/ecn.h"

namespace millrace::tcp {

/// The feedback of both half-connections; once entered it does not change (RFC 9768 3.1.5).
enum class EcnMode : std::uint8_t { None, Classic, Accurate };

inline constexpr std::uint8_t kPlainSyn = 0b000, kClassicSyn = 0b011, kAccurateSyn = 0b111;
inline constexpr std::uint8_t kPlainSynAck = 0b000, kClassicSynAck = 0b001, kReservedSynAck = 0b101,
                              kBrokenSynAck = 0b111;

/// What an opener under `policy` asks for.
[[nodiscard]] EcnMode ecn_asked(EcnPolicy policy) noexcept;
/// The flags of a SYN that asks for it.
[[nodiscard]] std::uint8_t ecn_syn_flags(EcnMode asked) noexcept;

/// The mode that a SYN with `flags` puts its receiver in (table 2, blocks 1 and 3; 3.1.3 for combinations that nobody
/// sends yet).
[[nodiscard]] EcnMode ecn_answer(EcnPolicy policy, std::uint8_t flags) noexcept;
/// The flags of the SYN,ACK of a receiver in `mode`, to a SYN whose IP header had `syn`.
[[nodiscard]] std::uint8_t ecn_syn_ack_flags(EcnMode mode, wire::Ecn syn) noexcept;

/// The mode that a SYN,ACK with `flags` puts the opener in that asked for `asked` (table 2).
[[nodiscard]] EcnMode ecn_agreed(EcnMode asked, std::uint8_t flags) noexcept;

/// Tables 2 and 3: a codepoint as flags of a SYN,ACK or of its ACK.
[[nodiscard]] std::uint8_t encode_handshake(wire::Ecn codepoint) noexcept;
/// The other way (tables 2 and 4); nullopt: the flags say nothing of it.
[[nodiscard]] std::optional<wire::Ecn> decode_handshake(std::uint8_t flags) noexcept;

}  // namespace millrace::tcp
