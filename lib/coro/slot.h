// What the scheduler remembers of a connection and of a listener: who waits for what, and how it ended.
//
// The stack's handle is stale once Closed was reported, but whoever holds the connection may ask much later: so the end
// is kept here until it is given up.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>

#include "api/connection.h"
#include "base/export.h"
#include "coro/error.h"
#include "coro/operation.h"
#include "coro/pool.h"

namespace millrace::coro {

class Scheduler;
struct ListenerSlot;

struct MILLRACE_API ConnectionSlot : boost::intrusive::list_base_hook<> {
  ConnectionSlot(Scheduler& scheduler, api::Connection handle) noexcept : scheduler(scheduler), handle(handle) {}

  Scheduler& scheduler;
  api::Connection handle;
  WaitSlot reader;                    ///< waits for Connected, Readable, PeerClosed
  WaitSlot writer;                    ///< waits for Writable
  ListenerSlot* queued_at = nullptr;  ///< accepted by nobody yet
  Ref<ConnectionSlot> self;
  bool connected = false;
  bool peer_closed = false;
  bool sending_shut = false;
  bool over = false;  ///< Closed was reported
  api::CloseReason reason = api::CloseReason::None;
  api::CloseRule rule = api::CloseRule::None;

  /// Why nothing more will be received, once what is queued was read; EndOfStream is a normal end.
  [[nodiscard]] std::optional<Error> end_of_receiving() const noexcept;
  /// Why nothing more can be sent.
  [[nodiscard]] std::optional<Error> end_of_sending() const noexcept;
};

struct ListenerSlot {
  ListenerSlot(Scheduler& scheduler, std::uint16_t number, std::uint32_t backlog) noexcept
      : scheduler(scheduler), number(number), backlog(backlog) {}

  Scheduler& scheduler;
  std::uint16_t number;   ///< the shard's
  std::uint32_t backlog;  ///< most connections in the queue
  WaitSlot acceptor;
  boost::intrusive::list<ConnectionSlot> queue;
};

}  // namespace millrace::coro
