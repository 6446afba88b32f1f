// Close reasons and soft errors in plain words, for logs and listings.
#include "tcp/event.h"

namespace millrace::tcp {

std::string_view to_string(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::None:
      return "open";
    case CloseReason::Normal:
      return "closed by both sides";
    case CloseReason::ResetByPeer:
      return "reset by peer";
    case CloseReason::Refused:
      return "refused by peer";
    case CloseReason::ConnectTimeout:
      return "connect timed out";
    case CloseReason::RetransmitTimeout:
      return "peer stopped acknowledging";
    case CloseReason::KeepaliveTimeout:
      return "peer did not answer keepalives";
    case CloseReason::Unreachable:
      return "destination unreachable";
    case CloseReason::Aborted:
      return "aborted by application";
    case CloseReason::LocalReset:
      return "reset by us: data was lost";
    case CloseReason::FinWait2Timeout:
      return "peer never closed its side";
    case CloseReason::LingerTimeout:
      return "not acknowledged within the linger time";
    case CloseReason::OrphanLimit:
      return "reset by us: too many orphans";
  }
  return "?";
}

std::string_view to_string(SoftError error) noexcept {
  switch (error) {
    case SoftError::None:
      return "none";
    case SoftError::HostUnreachable:
      return "host unreachable";
    case SoftError::ProtocolUnreachable:
      return "protocol unreachable";
    case SoftError::PortUnreachable:
      return "port unreachable";
    case SoftError::TimeExceeded:
      return "time exceeded";
    case SoftError::ParameterProblem:
      return "parameter problem";
    case SoftError::Retransmitting:
      return "peer does not acknowledge";
  }
  return "?";
}

}  // namespace millrace::tcp
