// What a proxy counts. One worker writes, any thread reads.
//
// Every accepted connection is refused, or active, or has ended in exactly one of the PairEnd ways, so
//   accepted = refused + active + sum(ends).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.h"

namespace millrace::proxy {

/// The one way in which a pair ended.
enum class PairEnd : std::uint8_t {
  Finished,       ///< both directions were closed and delivered
  NoUpstream,     ///< every server failed; the client was reset
  ClientGone,     ///< the client left before a server answered
  ClientReset,    ///< the client reset a joined pair
  UpstreamReset,  ///< the server reset a joined pair
  ClientLost,     ///< the client stopped answering (retransmission or keepalive timeout)
  UpstreamLost,   ///< the server stopped answering
  Truncated,      ///< a leg closed with bytes that could not be delivered; the other leg was reset
  IdleTimeout,    ///< no progress for the idle time; both legs were reset
  Drained,        ///< alive at the drain deadline; both legs were reset
};
inline constexpr std::size_t kPairEnds = 10;
[[nodiscard]] std::string_view to_string(PairEnd end) noexcept;

struct ProxyCounters {
  base::Counter accepted;          ///< client connections the stack handed over
  base::Counter refused;           ///< of these, reset for want of room: in our pairs, or in the stack; or for draining
  base::Counter active;            ///< pairs held now
  base::Counter connected;         ///< pairs whose server answered
  base::Counter connect_failures;  ///< attempts that failed: refused, unreachable, timed out, or not possible here
  base::Counter connect_timeouts;  ///< of these, the ones our connect timeout ended
  base::Counter connect_no_ports;  ///< of the failures, those for want of a source port
  base::Counter bytes_to_upstream;
  base::Counter bytes_to_client;
  base::Counter stale_events;  ///< events of connections that are no longer part of a pair
  std::array<base::Counter, kPairEnds> ends;

  [[nodiscard]] base::Counter& end(PairEnd how) noexcept { return ends[static_cast<std::size_t>(how)]; }
  [[nodiscard]] const base::Counter& end(PairEnd how) const noexcept { return ends[static_cast<std::size_t>(how)]; }

  /// Calls visit(name, value) for every counter; names are those of the metrics.
  template <class Visit>
  void for_each(Visit&& visit) const {
    visit(std::string_view{"accepted"}, accepted.get());
    visit(std::string_view{"refused"}, refused.get());
    visit(std::string_view{"active"}, active.get());
    visit(std::string_view{"connected"}, connected.get());
    visit(std::string_view{"connect_failures"}, connect_failures.get());
    visit(std::string_view{"connect_timeouts"}, connect_timeouts.get());
    visit(std::string_view{"connect_no_ports"}, connect_no_ports.get());
    visit(std::string_view{"bytes_to_upstream"}, bytes_to_upstream.get());
    visit(std::string_view{"bytes_to_client"}, bytes_to_client.get());
    visit(std::string_view{"stale_events"}, stale_events.get());
    for (std::size_t i = 0; i < kPairEnds; ++i) visit(to_string(static_cast<PairEnd>(i)), ends[i].get());
  }
};

}  // namespace millrace::proxy
