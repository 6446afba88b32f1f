// What is done with connections: one job per mode, on the ports of one part of the run.
//
// The engine calls a job once a turn, so that it opens and requests what is due, and for each event of a connection of
// its own. A job calls the engine back at once, in any of these calls. Nothing here is called per packet but on_text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "connection.h"
#include "text.h"

namespace millrace::load {

/// How a connection ended.
enum class End : std::uint8_t {
  Closed,    ///< both sides closed it
  Reset,     ///< the peer reset or refused it
  TimedOut,  ///< nothing was acknowledged for too long
  Aborted,   ///< we reset it
};

class Job {
 public:
  virtual ~Job() = default;

  /// What its connections send.
  [[nodiscard]] virtual const Text& text() const noexcept = 0;
  /// Whether the run may begin: what shall be open before is open.
  [[nodiscard]] virtual bool ready() const noexcept = 0;
  /// From now on requests are made.
  virtual void begin(Time now) = 0;
  /// Once a turn; at most `room` segments' worth of new work.
  virtual void turn(Time now, std::size_t room) = 0;
  /// Requests that were due by `now` and had no connection; 0 without a rate.
  [[nodiscard]] virtual std::uint64_t late(Time) const noexcept { return 0; }

  /// The peer answered our SYN.
  virtual void on_open(Connection& connection) = 0;
  /// Text in order; connection.rcv_nxt is still that of its first byte.
  virtual void on_text(Connection& connection, std::span<const std::byte> text) = 0;
  /// The peer sends no more. It may come before close() was called, or after.
  virtual void on_peer_fin(Connection& connection) = 0;
  /// It ends, in the state that it still shows; its local end is free when this has returned.
  virtual void on_closed(Connection& connection, End how) = 0;
};

}  // namespace millrace::load
