// What the application is told, as data: collected while a burst is processed, handed over once per turn.
//
// Events of one connection keep their order: Accepted/Connected first, Readable before PeerClosed, Closed last and
// once. After Closed the handle answers NotConnected as soon as the batch that reported it has returned.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::tcp {

/// A connection as the application names it. A stale handle (older generation) is answered NotConnected.
struct ConnectionId {
  std::uint16_t shard = 0;
  std::uint32_t index = 0xffff'ffff;
  std::uint32_t generation = 0;
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

enum class EventKind : std::uint8_t {
  Accepted,    ///< a listener's new connection; `listener` says which
  Connected,   ///< our active open reached ESTABLISHED
  Readable,    ///< new bytes in the receive queue; `bytes` is all that is queued
  PeerClosed,  ///< the peer's FIN was reached: after the queued bytes nothing more comes (MUST-12: a normal close)
  Writable,    ///< send room is there again after a send that was cut short; `bytes` is the room
  Closed,      ///< the connection is gone, `reason` says why; also the answer to a connect that failed
};

/// Why a connection ended (MUST-12); one reason per connection.
enum class CloseReason : std::uint8_t {
  None,
  Normal,             ///< FIN both ways
  ResetByPeer,        ///< RST believed (ECONNRESET)
  Refused,            ///< RST in answer to our SYN (ECONNREFUSED)
  ConnectTimeout,     ///< nobody answered our SYN (ETIMEDOUT)
  RetransmitTimeout,  ///< R2 or the user timeout passed without an acknowledgment (ETIMEDOUT)
  KeepaliveTimeout,   ///< no answer to the keepalive probes (ETIMEDOUT)
  Unreachable,        ///< hard ICMP error while connecting (EHOSTUNREACH)
  Aborted,            ///< abort() by the application
  LocalReset,         ///< we reset: data came after close(), or close() with unread data (RFC 2525 2.17)
  FinWait2Timeout,    ///< orphan in FIN-WAIT-2, peer silent
  Drained,            ///< the worker stopped
};
[[nodiscard]] std::string_view to_string(CloseReason reason) noexcept;

struct Event {
  EventKind kind;
  CloseReason reason = CloseReason::None;
  std::uint16_t listener = 0;
  ConnectionId connection;
  std::uint64_t user = 0;  ///< what the application stored with the connection
  std::uint32_t bytes = 0;
};

}  // namespace millrace::tcp
