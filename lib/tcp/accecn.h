// The counting of accurate ECN (RFC 9768 3.2): what came becomes ACE and the AccECN option, and what the peer says
// becomes marks on what we sent. Works on an AccEcnPart alone; when a segment goes out is ecn.cc's and the state
// machine's business.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tcp/accecn_part.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

/// A packet came (3.2); `length` bytes of text.
void count_packet(AccEcnPart& part, wire::Ecn codepoint, std::uint32_t length) noexcept;

/// The ACE field of the next segment.
[[nodiscard]] inline std::uint8_t ace_of(const AccEcnPart& part) noexcept { return part.r.cep & 7; }

/// The option for the next segment (3.2.3.3): every counter that has changed since the start, in the order that makes
/// it shortest. Absent when there is nothing new, or `room` bytes don't hold it.
[[nodiscard]] wire::AccEcnOption make_option(const AccEcnPart& part, std::size_t room) noexcept;
/// The option of a SYN,ACK: all fields.
[[nodiscard]] wire::AccEcnOption make_full_option(const AccEcnPart& part) noexcept;

/// What an ACK, or SACK blocks, newly cover.
struct Delivered {
  std::uint32_t bytes = 0;
  std::uint32_t segment = 1;  ///< bytes of text in a full-sized one

  /// Segments that this may have been, at least.
  [[nodiscard]] std::uint32_t packets() const noexcept { return bytes / segment + (bytes % segment != 0 ? 1 : 0); }
};

/// What one ACK newly reports.
struct Marks {
  std::uint32_t packets = 0;   ///< by which s.cep grew
  std::uint32_t bytes = 0;     ///< of text in them; estimated when no option says it
  bool contradiction = false;  ///< marked bytes without a marked packet: the feedback was mangled (3.2.3.2.5)
};

/// Reads the feedback of an ACK that no other has superseded (3.2.2.2, 3.2.3.1).
[[nodiscard]] Marks read_feedback(AccEcnPart& part, std::uint8_t ace, const wire::AccEcnOption& option,
                                  const Delivered& delivered) noexcept;
/// Reads an option only, as on a SYN,ACK and on the ACK of one.
void read_first_option(AccEcnPart& part, const wire::AccEcnOption& option) noexcept;

}  // namespace millrace::tcp
