// The first SYN or SYN,ACK decides the mode, whatever comes after it (RFC 9768 3.1.5). Our SYNs and SYN,ACKs go out as
// Not-ECT, so any other codepoint that the peer reports of them shows a path that mangles the field (3.2.2.3): then
// nothing goes out as ECT, and what is reported is still answered.
#include "tcp/ecn_handshake.h"

#include "tcp/accecn.h"
#include "tcp/ecn.h"
#include "tcp/ecn_negotiation.h"
#include "tcp/env.h"
#include "tcp/recovery.h"

namespace millrace::tcp {
namespace {

/// The first SYN and the one after the first timeout ask for ECN; those after it don't (RFC 3168 6.1.1.1, RFC 9768
/// 3.1.4.1). SYN,ACKs likewise (3.2.3.2.2).
constexpr std::uint8_t kTriesWithEcn = 2;
/// The first ACK and the first data (RFC 9768 3.2.3.2.1).
constexpr std::uint8_t kFullOptions = 2;

EcnPolicy policy_of(const UserOptions& options, const Env& env) noexcept {
  return options.ecn.value_or(env.config.ecn);
}

/// What an opener that asked for this agrees to when a SYN crosses its own.
EcnPolicy policy_of(EcnMode asked) noexcept {
  if (asked == EcnMode::None) return EcnPolicy::Off;
  return asked == EcnMode::Classic ? EcnPolicy::Classic : EcnPolicy::Accurate;
}

bool knows_accurate(EcnPolicy policy) noexcept { return policy == EcnPolicy::Passive || policy == EcnPolicy::Accurate; }

EcnMode mode_of(const HalfOpen& half) noexcept { return static_cast<EcnMode>(half.ecn & kHalfOpenMode); }
wire::Ecn codepoint_of(const HalfOpen& half) noexcept {
  return static_cast<wire::Ecn>((half.ecn & kHalfOpenCodepoint) >> 2);
}

void set_mode(HalfOpen& half, EcnMode mode) noexcept {
  half.ecn = static_cast<std::uint8_t>((half.ecn & ~kHalfOpenMode) | static_cast<std::uint8_t>(mode));
}

void set_codepoint(HalfOpen& half, std::uint8_t codepoint) noexcept {
  half.ecn = static_cast<std::uint8_t>((half.ecn & ~kHalfOpenCodepoint) | codepoint << 2);
}

/// The SYN,ACK that goes out now has no ECN.
bool answers_plainly(const HalfOpen& half) noexcept {
  const bool plain_syn = (half.ecn & kHalfOpenPlain) != 0;
  switch (mode_of(half)) {
    case EcnMode::Accurate:
      return half.retries >= kTriesWithEcn;
    case EcnMode::Classic:
      return plain_syn;  // RFC 3168 6.1.1: no ECN-setup SYN,ACK to a SYN that asks for none
    default:
      return true;
  }
}

/// All fields, or beside a Fast Open cookie the empty one, which tests the path as well (RFC 9768 3.2.3).
wire::AccEcnOption option_of_syn_ack(const wire::TcpHeader& header) noexcept {
  wire::AccEcnOption option = make_full_option({});
  if (header.options.has_fast_open) option.fields = 0;
  return option;
}

/// RFC 8257 3.2.
bool echoes_each_mark(cc::Algorithm algorithm) noexcept { return algorithm == cc::Algorithm::Dctcp; }

void enter(Tcb& tcb, EcnMode mode, bool ect, Env& env) noexcept {
  tcb.ecn = static_cast<std::uint8_t>(mode);
  if (mode == EcnMode::None) return;
  if (ect) tcb.ecn |= kEcnEct;
  if (mode == EcnMode::Classic && echoes_each_mark(tcb.algorithm)) tcb.ecn |= kEcnEachMark;
  if (mode == EcnMode::Accurate) env.table.accecn(tcb) = AccEcnPart{};
}

/// The SYN,ACK's own codepoint goes back on a bare ACK; a marked one counts once (RFC 9768 3.2.2.1, 3.2.2.2).
void note_syn_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  AccEcnPart& part = env.table.accecn(tcb);
  part.handshake = static_cast<wire::Ecn>(seg.ecn);
  tcb.ecn |= kEcnHandshakeAck;
  if (part.handshake != wire::Ecn::Ce || part.counted_syn_ack) return;
  part.counted_syn_ack = true;
  ++part.r.cep;
}

/// The flags that report how our SYN or SYN,ACK arrived.
void judge_path(Tcb& tcb, std::uint8_t flags, Env& env) noexcept {
  const auto arrived = decode_handshake(flags);
  if (!arrived || *arrived == wire::Ecn::NotEct) return;
  ecn_stop_ect(tcb, env);
  if (*arrived != wire::Ecn::Ce) return;
  (void)recovery_start(tcb, env);
  recovery_on_ecn(tcb, env);
}

/// Table 4: the ACK of our SYN,ACK.
void take_handshake_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  AccEcnPart& part = env.table.accecn(tcb);
  read_first_option(part, seg.options.accecn);
  if (seg.len > 0 || seg.ctl.fin() || seg.options.sack_count > 0) return;  // a counter
  const std::uint8_t flags = seg.ctl.ace();
  if (flags == 0) return ecn_stop_listening(tcb, env);
  if (decode_handshake(flags) == wire::Ecn::Ce) ++part.s.cep;
  judge_path(tcb, flags, env);
}

}  // namespace

void ecn_take_first_syn(HalfOpen& half, const Segment& seg, const UserOptions& options, const Env& env) noexcept {
  set_mode(half, ecn_answer(policy_of(options, env), seg.ctl.ace()));
  set_codepoint(half, seg.ecn);
}

bool ecn_take_same_syn(HalfOpen& half, const Segment& seg, const UserOptions& options, const Env& env) noexcept {
  const EcnMode mode = mode_of(half);
  if (mode == EcnMode::None) return true;
  const std::uint8_t flags = seg.ctl.ace();
  half.ecn |= kHalfOpenAgain;
  if (flags == kPlainSyn) half.ecn |= kHalfOpenPlain;
  set_codepoint(half, seg.ecn);
  const EcnPolicy policy = policy_of(options, env);
  return flags == kPlainSyn || !knows_accurate(policy) || ecn_answer(policy, flags) == mode;
}

void ecn_fit_cookie(HalfOpen& half) noexcept {
  if (mode_of(half) == EcnMode::Classic) set_mode(half, EcnMode::None);
  half.ecn |= kHalfOpenAgain;
}

void ecn_take_cookie_ack(HalfOpen& half, const Segment& seg, const UserOptions& options, const Env& env) noexcept {
  constexpr std::uint8_t kLeastOfAccurate = 2;
  const bool accurate = knows_accurate(policy_of(options, env)) && seg.ctl.ace() >= kLeastOfAccurate;
  if (accurate) set_mode(half, EcnMode::Accurate);
}

void ecn_put_syn_ack(const HalfOpen& half, wire::TcpHeader& header) noexcept {
  if (answers_plainly(half)) return;
  header.ctl.set_ace(ecn_syn_ack_flags(mode_of(half), codepoint_of(half)));
  const bool first = half.retries == 0 && (half.ecn & kHalfOpenAgain) == 0;
  if (first && mode_of(half) == EcnMode::Accurate) header.options.accecn = option_of_syn_ack(header);
}

void ecn_put_ack(const HalfOpen& half, wire::TcpHeader& header) noexcept {
  if (mode_of(half) == EcnMode::Accurate) header.ctl.set_ace(ace_of({}));
}

void ecn_open(Tcb& tcb, const UserOptions& options, const Env& env) noexcept {
  const EcnMode asked = ecn_asked(policy_of(options, env));
  tcb.ecn = static_cast<std::uint8_t>(asked);
  if (asked != EcnMode::None) tcb.ecn |= kEcnEct;
}

void ecn_establish(Tcb& tcb, const HalfOpen& half, Env& env) noexcept {
  const bool plain = (half.ecn & kHalfOpenPlain) != 0 || answers_plainly(half);
  enter(tcb, mode_of(half), !plain, env);
  if (mode_of(half) == EcnMode::Accurate) env.table.accecn(tcb).handshake = codepoint_of(half);
}

void ecn_put_syn(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept {
  const EcnMode mode = ecn_mode(tcb);
  if (mode == EcnMode::None) return;
  const bool answer = tcb.state == State::SynReceived;
  if (tcb.rtt.backoff >= kTriesWithEcn) {
    // Who has opened and has said so in accurate ECN may still send ECT (RFC 9768 3.1.5); nobody else.
    if (mode == EcnMode::Classic || answer) ecn_clear(tcb, kEcnEct);
    return;
  }
  if (!answer) return header.ctl.set_ace(ecn_syn_flags(mode));
  const AccEcnPart* part = mode == EcnMode::Accurate ? &env.table.accecn(tcb) : nullptr;
  header.ctl.set_ace(ecn_syn_ack_flags(mode, part != nullptr ? part->handshake : wire::Ecn::NotEct));
  if (part != nullptr && tcb.rtt.backoff == 0) header.options.accecn = option_of_syn_ack(header);
}

void ecn_take_crossing_syn(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  const EcnMode mode = ecn_answer(policy_of(ecn_mode(tcb)), seg.ctl.ace());
  enter(tcb, mode, (tcb.ecn & kEcnEct) != 0, env);
  if (mode == EcnMode::Accurate) env.table.accecn(tcb).handshake = static_cast<wire::Ecn>(seg.ecn);
}

void ecn_take_syn_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  const std::uint8_t flags = seg.ctl.ace();
  if (tcb.state == State::SynSent) {
    enter(tcb, ecn_agreed(ecn_mode(tcb), flags), (tcb.ecn & kEcnEct) != 0, env);
  } else if (flags == kPlainSynAck) {
    ecn_clear(tcb, kEcnEct);
  }
  if (ecn_mode(tcb) != EcnMode::Accurate) return;
  note_syn_ack(tcb, seg, env);
  AccEcnPart& part = env.table.accecn(tcb);
  part.full_options_due = kFullOptions;
  read_first_option(part, seg.options.accecn);
}

void ecn_take_repeated_syn_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::Accurate && seg.ctl.ace() != kPlainSynAck) note_syn_ack(tcb, seg, env);
}

void ecn_established(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  switch (ecn_mode(tcb)) {
    case EcnMode::None:
      return;
    case EcnMode::Classic:
      ++env.count.ecn_classic;
      return;
    case EcnMode::Accurate:
      ++env.count.ecn_accurate;
      return seg.ctl.syn() ? judge_path(tcb, seg.ctl.ace(), env) : take_handshake_ack(tcb, seg, env);
  }
}

}  // namespace millrace::tcp
