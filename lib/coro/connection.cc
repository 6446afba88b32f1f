// Each operation tries first and waits only when there is nothing; what wakes it is in coro/scheduler.cc.
#include "coro/connection.h"

#include <exception>

#include "base/check.h"
#include "coro/scheduler.h"

namespace millrace::coro {

std::optional<Error> ConnectionOperation::begin_at(WaitSlot ConnectionSlot::*place, Strand& strand) noexcept {
  ConnectionSlot* slot = connection_.get();
  if (slot == nullptr) return Error{.kind = ErrorKind::NotOpen};
  const bool ours = &slot->scheduler == &strand.scheduler();
  MILLRACE_ASSERT(ours && "a connection is awaited on another worker than its own");
  if (!ours) return Error{.kind = ErrorKind::WrongWorker};
  wait_at(slot->*place);
  return std::nullopt;
}

bool ConnectionOperation::at_end(bool with_error) noexcept {
  const std::optional<Error> end = connection_.get()->end_of_receiving();
  if (end && (with_error || end->kind != ErrorKind::EndOfStream)) error_ = end;
  return end.has_value();
}

bool Read::poll() noexcept {
  read_ = connection_.get()->handle.receive(out_);
  return read_ > 0 || out_.empty() || at_end(false);
}

bool ReadExactly::poll() noexcept {
  read_ += connection_.get()->handle.receive(out_.subspan(read_));
  return read_ == out_.size() || at_end(true);
}

Result<void> ReadExactly::await_resume() noexcept {
  if (!error_) return {};
  error_->bytes = read_;
  return *error_;
}

bool Peek::poll() noexcept { return !connection_.get()->handle.peek().empty() || at_end(false); }

Result<std::span<const std::byte>> Peek::await_resume() const noexcept {
  if (error_) return *error_;
  const ConnectionSlot* slot = connection_.get();
  return slot == nullptr ? std::span<const std::byte>{} : slot->handle.peek();
}

bool Write::poll() noexcept {
  ConnectionSlot& slot = *connection_.get();
  error_ = slot.end_of_sending();
  if (error_) return true;
  written_ += slot.handle.send(bytes_.subspan(written_));
  return written_ == bytes_.size();
}

Result<void> Write::await_resume() noexcept {
  if (!error_) return {};
  error_->bytes = written_;
  return *error_;
}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this != &other) {
    close();
    slot_ = std::exchange(other.slot_, {});
  }
  return *this;
}

Connection::~Connection() {
  if (!is_open()) return;
  std::uncaught_exceptions() > 0 ? abort() : close();
}

void Connection::shutdown() noexcept {
  ConnectionSlot* slot = slot_.get();
  if (slot == nullptr) return;
  slot->sending_shut = true;
  slot->handle.shutdown();
  slot->writer.interrupt(Error{.kind = ErrorKind::SendingShut});
}

void Connection::close() noexcept {
  const Ref<ConnectionSlot> slot = std::exchange(slot_, {});
  if (slot.get() != nullptr) slot.get()->scheduler.give_up(slot, Scheduler::End::Close);
}

void Connection::abort() noexcept {
  const Ref<ConnectionSlot> slot = std::exchange(slot_, {});
  if (slot.get() != nullptr) slot.get()->scheduler.give_up(slot, Scheduler::End::Abort);
}

api::Connection Connection::handle() const noexcept {
  const ConnectionSlot* slot = slot_.get();
  return slot == nullptr ? api::Connection{} : slot->handle;
}

}  // namespace millrace::coro
