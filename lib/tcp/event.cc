// Close reasons in plain words, for logs and listings.
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
    case CloseReason::Drained:
      return "worker stopped";
  }
  return "?";
}

}  // namespace millrace::tcp
