// Which end counts: a reset wins over the peer's close before it, and a connection whose reset was not told yet (there
// is text unread) can't send any more.
#include "coro/slot.h"

namespace millrace::coro {

std::optional<Error> ConnectionSlot::end_of_receiving() const noexcept {
  if (over && reason != api::CloseReason::Normal) return Error{ErrorKind::Ended, reason, rule};
  if (over || peer_closed || handle.at_end()) return Error{.kind = ErrorKind::EndOfStream};
  return std::nullopt;
}

std::optional<Error> ConnectionSlot::end_of_sending() const noexcept {
  if (over) return Error{ErrorKind::Ended, reason, rule};
  if (sending_shut) return Error{.kind = ErrorKind::SendingShut};
  const api::CloseRule told_later = handle.ended_by();
  if (told_later != api::CloseRule::None) return Error{ErrorKind::Ended, tcp::reason_of(told_later), told_later};
  return std::nullopt;
}

}  // namespace millrace::coro
