// The queue is filled by the scheduler (coro/scheduler.cc), which also keeps its bound.
#include "coro/listener.h"

#include "base/check.h"
#include "coro/scheduler.h"

namespace millrace::coro {

std::optional<Error> Accept::begin(Strand& strand) noexcept {
  ListenerSlot* slot = listener_.get();
  if (slot == nullptr) return Error{.kind = ErrorKind::NotOpen};
  const bool ours = &slot->scheduler == &strand.scheduler();
  MILLRACE_ASSERT(ours && "a listener is awaited on another worker than its own");
  if (!ours) return Error{.kind = ErrorKind::WrongWorker};
  wait_at(slot->acceptor);
  return std::nullopt;
}

bool Accept::poll() noexcept {
  ListenerSlot& slot = *listener_.get();
  if (slot.queue.empty()) return false;
  ConnectionSlot& first = slot.queue.front();
  slot.queue.pop_front();
  first.queued_at = nullptr;
  accepted_ = Connection{first.self};
  return true;
}

Result<Connection> Accept::await_resume() noexcept {
  if (error_) return *error_;
  return std::move(accepted_);
}

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this != &other) {
    close();
    slot_ = std::exchange(other.slot_, {});
  }
  return *this;
}

void Listener::close() noexcept {
  const Ref<ListenerSlot> slot = std::exchange(slot_, {});
  if (slot.get() != nullptr) slot.get()->scheduler.give_up(slot);
}

}  // namespace millrace::coro
