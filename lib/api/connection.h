// One connection, as a handle: cheap to copy, never dangling. A stale handle does nothing and answers 0 or false.
//
// Life: after Accepted or Connected the application sends, receives and may shut its sending side. The handle lives
// until Closed was reported, or until the application calls close() or abort(), which give the connection up: no
// further event comes from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "api/details.h"
#include "api/types.h"
#include "base/export.h"

namespace millrace::stack {
class Shard;
}

namespace millrace::api {

/// A snapshot for people, like `ss -ti`.
struct ConnectionInfo {
  Endpoint local;                   ///< ours
  Endpoint remote;                  ///< the peer's
  std::string state;                ///< RFC name, e.g. "FIN-WAIT-1"
  std::uint32_t receive_queue = 0;  ///< bytes not consumed
  std::uint32_t send_queue = 0;     ///< bytes not acknowledged
  std::string congestion_control;   ///< name of the algorithm, e.g. "newreno"
  std::string phase;                ///< "open", "recovery", "loss"
  std::uint32_t cwnd = 0;           ///< bytes
  std::uint32_t ssthresh = 0;       ///< bytes; 0xffffffff: not reached yet
  std::uint64_t pacing_rate = 0;    ///< bytes per second; 0: not paced
  std::uint64_t delivery_rate = 0;  ///< bytes per second that arrive; 0: not measured yet
  std::uint32_t min_rtt_us = 0;     ///< 0: no sample yet
  std::uint32_t lost = 0;           ///< segments taken for lost so far
  std::uint32_t dsacks = 0;         ///< duplicates that the peer has reported
  bool reordering_seen = false;     ///< segments have overtaken each other
  std::uint32_t rtt_us = 0;         ///< smoothed; 0: no sample yet
  std::uint32_t rto_us = 0;         ///< retransmission timeout
  std::uint32_t retransmits = 0;    ///< segments sent again
  std::uint64_t bytes_in = 0;       ///< received in order
  std::uint64_t bytes_out = 0;      ///< acknowledged by the peer
  Duration age{0};                  ///< since it was opened
};

class PacketRef;

/// A handle; see the head of this file. Used on the thread of the worker that has the connection, and nowhere else.
class MILLRACE_API Connection {
 public:
  /// Of no connection: stale from the start.
  Connection() = default;
  /// For Shard.
  Connection(stack::Shard& shard, ConnectionId id) noexcept : shard_(&shard), id_(id) {}

  /// Its name, which any thread may keep; Shard::connection() makes a handle of it again.
  [[nodiscard]] ConnectionId id() const noexcept { return id_; }
  /// False once the connection was reported Closed, closed or aborted.
  [[nodiscard]] bool valid() const noexcept;
  /// Stores a value that comes back with every event.
  void set_user(std::uint64_t user) noexcept;
  /// Puts all of these options into force now, what was left at its default too. (RFC 9293 MUST-21, MUST-24, MUST-48,
  /// MUST-49, SHLD-21.)
  void set_options(const ConnectionOptions& options) noexcept;

  /// Copies bytes into the send queue; returns how many were taken (less than asked: a Writable event will follow).
  std::size_t send(std::span<const std::byte> bytes) noexcept;
  /// The same for urgent data (RFC 9293 3.8.5, RFC 6093): the peer learns at once that there is some, and where it
  /// ends. For protocols that have always used it; new ones should not (SHLD-13).
  std::size_t send_urgent(std::span<const std::byte> bytes) noexcept;
  /// Sends a packet's bytes without copying them (less than 256 may be copied behind the last ones) and takes it.
  /// False, and the packet stays the caller's, when it is empty or chained, the sending side is closed, or the send
  /// queue is full (a Writable event will follow). See api/packet.h.
  bool send_packet(PacketRef& packet) noexcept;
  /// Real memory left in the send queue, expressed as bytes of payload that surely fit.
  [[nodiscard]] std::size_t send_room() const noexcept;
  /// Whether a third of the send queue is free and less than `most_unsent` bytes wait to be sent; if not, a Writable
  /// event follows with the next acknowledgment that leaves a third free.
  [[nodiscard]] bool ask_room(std::uint32_t most_unsent = 0xffff'ffff) noexcept;
  /// Bytes sent or queued that the peer has not acknowledged.
  [[nodiscard]] std::size_t unacknowledged() const noexcept;

  /// Holds back what fills no segment, until the cork is pulled (false) or our side is closed.
  void set_cork(bool on) noexcept;
  /// Sends an ACK that is being delayed.
  void acknowledge_now() noexcept;

  /// Bytes received in order and not consumed.
  [[nodiscard]] std::size_t readable() const noexcept;
  /// The first contiguous stretch of them, in place; valid until the next call on this connection.
  [[nodiscard]] std::span<const std::byte> peek() const noexcept;
  /// Copies bytes from `skip` bytes behind the first unread one on, without consuming any; returns how many.
  std::size_t peek(std::size_t skip, std::span<std::byte> out) const noexcept;
  /// Gives `n` bytes up (at most readable()); the window may open.
  void consume(std::size_t n) noexcept;
  /// peek, copy and consume in one; returns the bytes copied.
  std::size_t receive(std::span<std::byte> out) noexcept;
  /// Takes the first contiguous stretch of received bytes in its packet, as if it were copied and consumed; empty when
  /// nothing is readable. See api/packet.h.
  [[nodiscard]] PacketRef take_packet() noexcept;
  /// Bytes from the first unread one to the end of the peer's urgent data, also of what is still to come; 0: none is
  /// left (MUST-33). Urgent data is read in line with the rest.
  [[nodiscard]] std::size_t urgent() const noexcept;
  /// True when the peer has closed and everything it sent was consumed.
  [[nodiscard]] bool at_end() const noexcept;

  /// Why it ended, known from its end on, also while received bytes wait to be consumed and Closed was not reported;
  /// None while it lives.
  [[nodiscard]] CloseRule ended_by() const noexcept;

  /// Moves received bytes to the send queue of `to` (same worker) without copying payload; returns the bytes moved:
  /// at most what there is room for, and what `to` may send now and 16 KiB besides. When it is cut short `to` gets a
  /// Writable event later. `to` may be this connection (echo).
  std::size_t transfer_to(const Connection& to) noexcept;

  /// Closes our sending side: FIN after all queued data (half-close, RFC 9293 3.6). Receiving goes on.
  void shutdown() noexcept;
  /// Closes and gives up: FIN after all queued data; RST at once if received data was not consumed (RFC 2525 2.17).
  /// With ConnectionOptions::linger it aborts, or stays until Closed says how it ended.
  void close() noexcept;
  /// RST now, queued data dropped; gives up. `rule` is what the log of closed connections will say: one of the App
  /// rules if the application keeps such a limit.
  void abort(CloseRule rule = CloseRule::Aborted) noexcept;
  /// RST as soon as everything queued so far has been acknowledged (at once if nothing is); gives up.
  void abort_after_data(CloseRule rule = CloseRule::AbortedAfterData) noexcept;

  /// The last trouble on the way that did not end the connection (MUST-47); None when there was none.
  [[nodiscard]] SoftError last_soft_error() const noexcept;

  /// How it stands now; all at its default when the handle is stale.
  [[nodiscard]] ConnectionInfo info() const;
  /// All zero for a stale handle.
  [[nodiscard]] ConnectionDetails details() const noexcept;

 private:
  stack::Shard* shard_ = nullptr;
  ConnectionId id_;
};

}  // namespace millrace::api
