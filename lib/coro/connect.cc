// The operation owns the connection until it is established, so whatever ends the waiting gives the attempt up.
#include "coro/connect.h"

#include "coro/scheduler.h"

namespace millrace::coro {

std::optional<Error> Connect::begin(Strand& strand) noexcept {
  const auto opened = strand.scheduler().open(remote_, options_);
  if (!opened) return opened.error();
  connection_ = Connection{opened.value()};
  wait_at(opened.value().get()->reader);
  return std::nullopt;
}

bool Connect::poll() noexcept {
  const ConnectionSlot& slot = *connection_.slot_.get();
  if (slot.over && !slot.connected) error_ = Error{ErrorKind::Ended, slot.reason, slot.rule};
  return slot.connected || slot.over;
}

Result<Connection> Connect::await_resume() noexcept {
  if (error_) return *error_;
  return std::move(connection_);
}

}  // namespace millrace::coro
