// What an application may ask of the worker that calls it. Every call is made on that worker's thread.
//
// A Shard is a reference, cheap to copy, valid as long as the worker lives.
#pragma once

#include <cstdint>

#include "api/connection.h"
#include "api/types.h"
#include "base/export.h"
#include "base/time.h"

namespace millrace::stack {
class Shard;
}

namespace millrace::api {

class PacketRef;

/// One worker's share of the stack; see the head of this file.
class MILLRACE_API Shard {
 public:
  /// For AppRef and who is handed a stack::Shard.
  explicit Shard(stack::Shard& shard) noexcept : shard_(&shard) {}

  /// This turn's time.
  [[nodiscard]] Time now() const noexcept;
  /// 0 .. workers-1.
  [[nodiscard]] std::uint16_t worker() const noexcept;
  /// How many workers the program runs.
  [[nodiscard]] std::uint16_t workers() const noexcept;

  /// Of connections whose options name none.
  [[nodiscard]] CongestionControl congestion_control() const noexcept;

  /// Starts an active OPEN (RFC 9293 3.9.1.1). Connected or Closed(reason) follows as an event, never before this
  /// returns.
  [[nodiscard]] Result<Connection> connect(const Endpoint& remote, const ConnectOptions& options = {}) noexcept;

  /// The worker on which connect() with these options works: that of the flow, when the local port is fixed. NoRoute
  /// when there is no such flow. See api/owner_connect.h for how to get there from another thread.
  [[nodiscard]] Result<std::uint16_t> owner_of(const Endpoint& remote, const ConnectOptions& options) const noexcept;

  /// Accepts connections to `local` (0.0.0.0: every own IPv4 address; ::: every own address, see v6only). Returns the
  /// listener's number, which Accepted events carry. Each worker listens for itself.
  [[nodiscard]] Result<std::uint16_t> listen(const Endpoint& local, const ListenOptions& options = {}) noexcept;
  /// Refuses new connections from now on (RST); accepted ones live on.
  void stop_listening(std::uint16_t listener) noexcept;

  /// With ListenOptions::backlog: the application has taken `n` of the listener's accepted connections.
  void took(std::uint16_t listener, std::uint32_t n = 1) noexcept;
  /// Changes ListenOptions::backlog; connections that wait already stay.
  void set_backlog(std::uint16_t listener, std::uint32_t backlog) noexcept;
  /// Changes ListenOptions::fast_open; connections that are pending stay.
  void set_fast_open(std::uint16_t listener, std::uint32_t pending) noexcept;

  /// Whether `address` is one of ours.
  [[nodiscard]] bool has_address(const IpAddress& address) const noexcept;
  /// A random port of the ephemeral range on which nobody listens; 0: none was found.
  [[nodiscard]] std::uint16_t unused_port() noexcept;

  /// Starts a timer: an event of kind Timer with this `user` comes at `at`, at most one tick (16 us) and one turn late;
  /// in the next turn if `at` has passed. TableFull when 65,536 of them run. O(1), on the wheel of the connections.
  [[nodiscard]] Result<TimerId> start_timer(Time at, std::uint64_t user) noexcept;
  /// The event will not come; false when it came already (or is in the batch being handed over), or was cancelled.
  bool cancel_timer(TimerId timer) noexcept;

  /// An empty packet to be filled and given to Connection::send_packet; none when the pool is empty. See api/packet.h.
  [[nodiscard]] PacketRef allocate_packet() noexcept;
  /// Another packet over the same bytes, to be sent on another connection: a packet is in one queue at most. Neither
  /// may change then. None when the pool is empty.
  [[nodiscard]] PacketRef share_packet(PacketRef& packet) noexcept;

  /// The connection named by `id`; calls on it answer NotConnected (or 0) when it is stale.
  [[nodiscard]] Connection connection(ConnectionId id) const noexcept;
  /// Connections held, TIME-WAIT entries not counted.
  [[nodiscard]] std::uint32_t connections() const noexcept;
  /// Resets, from number `cursor` on, those among the next `most` connections that the application has given up and the
  /// network still holds; moves `cursor` on. For a program that stops.
  void reset_given_up(std::uint32_t& cursor, std::uint32_t most, CloseRule rule) noexcept;
  /// Something waits to be sent, or to be told to the application.
  [[nodiscard]] bool has_work() const noexcept;
  /// TIME-WAIT entries held.
  [[nodiscard]] std::uint32_t time_waits() const noexcept;

 private:
  stack::Shard* shard_;
};

}  // namespace millrace::api
