// What the application is told, as data: collected while a burst is processed, handed over once per turn.
//
// Events of one connection keep their order: Accepted/Connected first, Readable before PeerClosed, Closed last and
// once. After Closed the handle answers NotConnected as soon as the batch that reported it has returned.
#pragma once

#include <cstdint>

#include "base/export.h"
#include "tcp/close_rule.h"

namespace millrace::tcp {

/// A connection as the application names it. A stale handle (older generation) is answered NotConnected.
struct ConnectionId {
  std::uint16_t shard = 0;            ///< the worker that has it
  std::uint32_t index = 0xffff'ffff;  ///< its place there
  std::uint32_t generation = 0;       ///< of that place: one more for each connection that lives in it
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// What happened to a connection. Those of one connection in one batch come in this order: data precedes the peer's
/// close, and Closed is last.
enum class EventKind : std::uint8_t {
  Accepted,        ///< a listener's new connection; `listener` says which
  Connected,       ///< our active open reached ESTABLISHED
  SoftError,       ///< trouble that ends nothing by itself; `soft_error` says which (MUST-47)
  Urgent,          ///< the peer marks data as urgent; `bytes` from the first unread one to its end (MUST-32)
  Readable,        ///< new bytes in the receive queue; `bytes` is all that is queued
  ReceiveTimeout,  ///< nothing arrived for as long as the application said, and nothing is left to read
  PeerClosed,      ///< the peer's FIN was reached: after the queued bytes nothing more comes (MUST-12: a normal close)
  Writable,        ///< send room is there again after a send that was cut short; `bytes` is the room
  Ended,           ///< over before its time while bytes wait to be read: Closed follows when they are consumed
  Closed,          ///< the connection is gone, `reason` says why; also the answer to a connect that failed
  Timer,           ///< a timer of the application, which started it with this `user`; of no connection
};

/// Trouble on the way (RFC 9293 3.9.1.8). The first five came by ICMP about something outstanding.
enum class SoftError : std::uint8_t {
  None,
  HostUnreachable,      ///< no way to the network or host, or forbidden there
  ProtocolUnreachable,  ///< with the next a hard error, yet believed only while opening (RFC 5927 5.2)
  PortUnreachable,
  TimeExceeded,
  ParameterProblem,
  Retransmitting,  ///< R1: sent several times without an acknowledgment (SHLD-9)
};
/// In words, for logs.
[[nodiscard]] MILLRACE_API std::string_view to_string(SoftError error) noexcept;

/// One thing that happened to one connection. A value; what does not belong to its kind is at its default.
struct Event {
  EventKind kind;                          ///< says which of the other fields are filled
  CloseReason reason = CloseReason::None;  ///< of Closed and Ended
  SoftError soft_error = SoftError::None;  ///< of SoftError
  std::uint16_t listener = 0;              ///< of Accepted: what listen() returned
  ConnectionId connection{};               ///< whom it happened to; of Timer: nobody
  std::uint64_t user = 0;                  ///< what the application stored with the connection
  std::uint32_t bytes = 0;                 ///< of Readable, Writable and Urgent
  CloseRule rule = CloseRule::None;        ///< of Closed and Ended: exactly why
};

}  // namespace millrace::tcp
