// The name of each way in which a pair ends, as metrics show it.
#include "proxy/counters.h"

namespace millrace::proxy {

std::string_view to_string(PairEnd end) noexcept {
  switch (end) {
    case PairEnd::Finished:
      return "finished";
    case PairEnd::NoUpstream:
      return "no_upstream";
    case PairEnd::ClientGone:
      return "client_gone";
    case PairEnd::ClientReset:
      return "client_reset";
    case PairEnd::UpstreamReset:
      return "upstream_reset";
    case PairEnd::ClientLost:
      return "client_lost";
    case PairEnd::UpstreamLost:
      return "upstream_lost";
    case PairEnd::Truncated:
      return "truncated";
    case PairEnd::IdleTimeout:
      return "idle_timeout";
    case PairEnd::Drained:
      return "drained";
  }
  return "unknown";
}

}  // namespace millrace::proxy
