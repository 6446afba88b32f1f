// The eleven states of RFC 9293 3.3.2.
//
// LISTEN belongs to a Listener, passive SYN-RECEIVED to a HalfOpen entry, TIME-WAIT to a TimeWait entry; a Tcb has one
// of the others, SYN-RECEIVED only when it came from SYN-SENT (simultaneous open) or for the instant in which a
// half-open connection completes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/export.h"

namespace millrace::tcp {

/// The states of RFC 9293 3.3.2.
enum class State : std::uint8_t {
  Closed,
  Listen,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,
};

/// As the RFC prints it: "SYN-RECEIVED".
[[nodiscard]] MILLRACE_API std::string_view to_string(State state) noexcept;

}  // namespace millrace::tcp
