// RFC 9768 3.2.2, 3.2.3 and appendix A. Where ACE may have wrapped, the option's bytes say how often; without an option
// the safest likely number is taken (3.2.2.5.2). An ACK of eight segments or more that reports nothing counts as "no
// mark", not as eight, unless the ACK before it reported some: the receiver must answer every seventh mark, so a whole
// turn can only hide behind lost ACKs while marks keep coming.
#include "tcp/accecn.h"

#include <algorithm>
#include <optional>

namespace millrace::tcp {
namespace {

using wire::AccEcnOption;

constexpr std::uint32_t kAceTurn = 8;
/// Then the path drops them (3.2.3.2.2), and the ACKs with them.
constexpr std::uint8_t kMostOptionsLost = 2;

/// Adds what a field of 24 bits has moved by; a field that went back belongs to an older segment. Returns the step.
std::uint32_t advance(std::uint32_t& counter, std::uint32_t field) noexcept {
  const std::uint32_t step = (field - counter) & AccEcnOption::kMask;
  if (step > AccEcnOption::kMask / 2) return 0;
  counter += step;
  return step;
}

/// 3.2.3.2.4: counters start at 1, so zeros were written by somebody else.
bool zeroed(const AccEcnOption& option) noexcept {
  return (option.has_e0b() && option.e0b == 0) || (option.has_e1b() && option.e1b == 0);
}

/// Bytes newly reported as marked; nullopt: there is no option to believe.
std::optional<std::uint32_t> read_option(AccEcnPart& part, const AccEcnOption& option) noexcept {
  if (!option.present() || part.options_ignored) return std::nullopt;
  if (part.first_option_due) {
    part.first_option_due = false;
    part.options_ignored = zeroed(option);
    if (part.options_ignored) return std::nullopt;
  }
  if (option.has_e0b()) advance(part.s.e0b, option.e0b);
  if (option.has_e1b()) advance(part.s.e1b, option.e1b);
  return option.has_ceb() ? advance(part.s.ceb, option.ceb) : 0;
}

/// The number of marks that ACE's three bits, the marked bytes and the segments acknowledged allow: `least` and whole
/// turns.
std::uint32_t turns_by_bytes(std::uint32_t least, const Delivered& marked, std::uint32_t packets) noexcept {
  const std::uint32_t needed = std::min(marked.packets(), packets);
  if (needed <= least) return least;
  const std::uint32_t marks = least + (needed - least + kAceTurn - 1) / kAceTurn * kAceTurn;
  return marks <= packets ? marks : marks - kAceTurn;
}

/// 3.2.2.5.2, appendix A.2.1: as many as fit into what was acknowledged.
std::uint32_t safest_likely(const AccEcnPart& part, std::uint32_t least, std::uint32_t packets) noexcept {
  if (packets < kAceTurn || (least == 0 && !part.marked_lately)) return least;
  return packets - (packets - least) % kAceTurn;
}

Marks marks_by_option(AccEcnPart& part, std::uint32_t least, std::uint32_t ceb, const Delivered& delivered) noexcept {
  Marks marks;
  marks.packets = turns_by_bytes(least, {ceb, delivered.segment}, delivered.packets());
  marks.contradiction =
      ceb > 0 && marks.packets == 0 && !part.ace_since_ceb && delivered.packets() < kAceTurn && delivered.bytes > 0;
  const std::uint32_t known = std::min(part.estimated, ceb);
  part.estimated = 0;
  marks.bytes = std::min(ceb - known, delivered.bytes);
  part.ace_since_ceb = false;
  return marks;
}

Marks marks_by_ace(AccEcnPart& part, std::uint32_t least, const Delivered& delivered) noexcept {
  Marks marks;
  marks.packets = safest_likely(part, least, delivered.packets());
  const std::uint64_t most = std::uint64_t{marks.packets} * delivered.segment;
  marks.bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, delivered.bytes));
  part.estimated += marks.bytes;
  if (marks.packets > 0) part.ace_since_ceb = true;
  return marks;
}

/// The fields that this order needs to show every counter that has moved.
std::uint8_t fields_needed(const AccEcnPart& part, bool order1) noexcept {
  if ((order1 ? part.r.e0b : part.r.e1b) != AccEcnCounters{}.e0b) return 3;
  return part.r.ceb != 0 ? 2 : 1;
}

AccEcnOption option_of(const AccEcnPart& part, bool order1, std::uint8_t fields) noexcept {
  return {fields, order1, part.r.e0b & AccEcnOption::kMask, part.r.ceb & AccEcnOption::kMask,
          part.r.e1b & AccEcnOption::kMask};
}

}  // namespace

void count_packet(AccEcnPart& part, wire::Ecn codepoint, std::uint32_t length) noexcept {
  switch (codepoint) {
    case wire::Ecn::Ce:
      ++part.r.cep;
      ++part.marks_unsent;
      part.r.ceb += length;
      break;
    case wire::Ecn::Ect0:
      part.r.e0b += length;
      break;
    case wire::Ecn::Ect1:
      part.r.e1b += length;
      break;
    case wire::Ecn::NotEct:
      return;
  }
  if (length > 0) part.option_due = true;
}

AccEcnOption make_option(const AccEcnPart& part, std::size_t room) noexcept {
  if (part.options_lost >= kMostOptionsLost) return {};
  if (part.full_options_due > 0 && wire::accecn_group_size(3) <= room) return make_full_option(part);
  if (!part.option_due && part.full_options_due == 0) return {};
  const bool order1 = fields_needed(part, true) < fields_needed(part, false);
  const std::uint8_t fields = fields_needed(part, order1);
  return wire::accecn_group_size(fields) <= room ? option_of(part, order1, fields) : AccEcnOption{};
}

AccEcnOption make_full_option(const AccEcnPart& part) noexcept { return option_of(part, false, 3); }

Marks read_feedback(AccEcnPart& part, std::uint8_t ace, const AccEcnOption& option,
                    const Delivered& delivered) noexcept {
  const std::uint32_t least = (ace - part.s.cep) % kAceTurn;
  const std::optional<std::uint32_t> ceb = read_option(part, option);
  const Marks marks = ceb ? marks_by_option(part, least, *ceb, delivered) : marks_by_ace(part, least, delivered);
  part.s.cep += marks.packets;
  part.marked_lately = marks.packets > 0;
  return marks;
}

void read_first_option(AccEcnPart& part, const AccEcnOption& option) noexcept { (void)read_option(part, option); }

}  // namespace millrace::tcp
