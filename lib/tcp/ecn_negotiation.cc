// RFC 9768 3.1.2 and 3.1.3, row by row. A classic opener looks at CWR and ECE only: for RFC 3168 AE is a reserved bit.
#include "tcp/ecn_negotiation.h"

namespace millrace::tcp {

EcnMode ecn_asked(EcnPolicy policy) noexcept {
  switch (policy) {
    case EcnPolicy::Classic:
      return EcnMode::Classic;
    case EcnPolicy::Accurate:
      return EcnMode::Accurate;
    default:
      return EcnMode::None;
  }
}

std::uint8_t ecn_syn_flags(EcnMode asked) noexcept {
  switch (asked) {
    case EcnMode::Classic:
      return kClassicSyn;
    case EcnMode::Accurate:
      return kAccurateSyn;
    default:
      return kPlainSyn;
  }
}

EcnMode ecn_answer(EcnPolicy policy, std::uint8_t flags) noexcept {
  if (policy == EcnPolicy::Off || flags == kPlainSyn) return EcnMode::None;
  if (policy == EcnPolicy::Classic)
    return (flags & kClassicSyn) == kClassicSyn ? EcnMode::Classic : EcnMode::None;  // 6.1.1: both CWR and ECE
  return flags == kClassicSyn ? EcnMode::Classic : EcnMode::Accurate;
}

std::uint8_t ecn_syn_ack_flags(EcnMode mode, wire::Ecn syn) noexcept {
  switch (mode) {
    case EcnMode::Classic:
      return kClassicSynAck;
    case EcnMode::Accurate:
      return encode_handshake(syn);
    default:
      return kPlainSynAck;
  }
}

EcnMode ecn_agreed(EcnMode asked, std::uint8_t flags) noexcept {
  constexpr std::uint8_t kCwrAndEce = 0b011;
  if (asked == EcnMode::Classic) return (flags & kCwrAndEce) == kClassicSynAck ? EcnMode::Classic : EcnMode::None;
  if (asked == EcnMode::None || flags == kPlainSynAck || flags == kBrokenSynAck) return EcnMode::None;
  return flags == kClassicSynAck ? EcnMode::Classic : EcnMode::Accurate;
}

std::uint8_t encode_handshake(wire::Ecn codepoint) noexcept {
  switch (codepoint) {
    case wire::Ecn::Ect1:
      return 0b011;
    case wire::Ecn::Ect0:
      return 0b100;
    case wire::Ecn::Ce:
      return 0b110;
    default:
      return 0b010;
  }
}

std::optional<wire::Ecn> decode_handshake(std::uint8_t flags) noexcept {
  switch (flags) {
    case 0b010:
      return wire::Ecn::NotEct;
    case 0b011:
      return wire::Ecn::Ect1;
    case 0b100:
      return wire::Ecn::Ect0;
    case 0b110:
      return wire::Ecn::Ce;
    default:
      return std::nullopt;
  }
}

}  // namespace millrace::tcp
