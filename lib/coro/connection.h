// A connection as coroutines use it: who holds it owns it, and destroying it closes it.
//
//   coro::Task<> echo(coro::Connection connection) {
//     std::array<std::byte, 4096> bytes;
//     for (;;) {
//       const auto n = co_await connection.read(bytes);
//       if (!n || *n == 0 || !co_await connection.write(std::span{bytes}.first(n.value()))) co_return;
//     }
//   }
//
// One coroutine may wait for reading while another waits for writing; two for the same get Busy (an assertion in debug
// builds). Buffers and the Connection stay where the operation finds them until it was awaited. Belongs to one worker.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "api/connection.h"
#include "base/export.h"
#include "coro/error.h"
#include "coro/operation.h"
#include "coro/slot.h"

namespace millrace::coro {

/// What waits on a connection.
class MILLRACE_API ConnectionOperation : public Operation {
 protected:
  explicit ConnectionOperation(const Ref<ConnectionSlot>& connection) noexcept : connection_(connection) {}
  ConnectionOperation(ConnectionOperation&&) noexcept = default;
  ~ConnectionOperation() = default;
  [[nodiscard]] std::optional<Error> begin_at(WaitSlot ConnectionSlot::*place, Strand& strand) noexcept;
  /// Ends with the reason for which nothing more comes; false while something may.
  [[nodiscard]] bool at_end(bool with_error) noexcept;

  Ref<ConnectionSlot> connection_;
};

/// What Connection::read() returns; await it.
class [[nodiscard]] MILLRACE_API Read final : public ConnectionOperation {
 public:
  // For the rest of this room, and the compiler.
  Read(const Ref<ConnectionSlot>& connection, std::span<std::byte> out) noexcept
      : ConnectionOperation(connection), out_(out) {}
  Result<std::size_t> await_resume() const noexcept { return error_ ? Result<std::size_t>{*error_} : read_; }

 private:
  std::optional<Error> begin(Strand& strand) noexcept override { return begin_at(&ConnectionSlot::reader, strand); }
  bool poll() noexcept override;

  std::span<std::byte> out_;
  std::size_t read_ = 0;
};

/// What Connection::read_exactly() returns; await it.
class [[nodiscard]] MILLRACE_API ReadExactly final : public ConnectionOperation {
 public:
  // For the rest of this room, and the compiler.
  ReadExactly(const Ref<ConnectionSlot>& connection, std::span<std::byte> out) noexcept
      : ConnectionOperation(connection), out_(out) {}
  Result<void> await_resume() noexcept;

 private:
  std::optional<Error> begin(Strand& strand) noexcept override { return begin_at(&ConnectionSlot::reader, strand); }
  bool poll() noexcept override;

  std::span<std::byte> out_;
  std::size_t read_ = 0;
};

/// What Connection::peek() returns; await it.
class [[nodiscard]] MILLRACE_API Peek final : public ConnectionOperation {
 public:
  // For the rest of this room, and the compiler.
  explicit Peek(const Ref<ConnectionSlot>& connection) noexcept : ConnectionOperation(connection) {}
  Result<std::span<const std::byte>> await_resume() const noexcept;

 private:
  std::optional<Error> begin(Strand& strand) noexcept override { return begin_at(&ConnectionSlot::reader, strand); }
  bool poll() noexcept override;
};

/// What Connection::write() returns; await it.
class [[nodiscard]] MILLRACE_API Write final : public ConnectionOperation {
 public:
  // For the rest of this room, and the compiler.
  Write(const Ref<ConnectionSlot>& connection, std::span<const std::byte> bytes) noexcept
      : ConnectionOperation(connection), bytes_(bytes) {}
  Result<void> await_resume() noexcept;

 private:
  std::optional<Error> begin(Strand& strand) noexcept override { return begin_at(&ConnectionSlot::writer, strand); }
  bool poll() noexcept override;

  std::span<const std::byte> bytes_;
  std::size_t written_ = 0;
};

/// Owns one connection, or none; see the head of this file.
class MILLRACE_API Connection {
 public:
  /// No connection: operations answer NotOpen.
  Connection() = default;
  /// `other` holds none afterwards.
  Connection(Connection&& other) noexcept : slot_(std::exchange(other.slot_, {})) {}
  /// Closes what this one held; `other` holds none afterwards.
  Connection& operator=(Connection&& other) noexcept;
  /// Closes; resets when an exception destroys it.
  ~Connection();

  /// Waits until something was received and takes what fits into `out` (one byte at least); 0: the peer has closed, or
  /// `out` is empty. (RFC 9293 3.9.1.3.) Bytes that came before a reset are delivered, then it fails with Ended.
  [[nodiscard]] Read read(std::span<std::byte> out) noexcept { return {slot_, out}; }
  /// Waits until `out` is full. EndOfStream when the peer closes before; error().bytes of `out` are filled then, and
  /// when it times out or is cancelled.
  [[nodiscard]] ReadExactly read_exactly(std::span<std::byte> out) noexcept { return {slot_, out}; }
  /// Waits like read(), and shows the first contiguous stretch in place; empty: the peer has closed. Valid until the
  /// next call on this connection; consume() what was used.
  [[nodiscard]] Peek peek() noexcept { return Peek{slot_}; }
  /// Gives up `n` bytes that peek() has shown; as api::Connection::consume().
  void consume(std::size_t n) noexcept { handle().consume(n); }
  /// Waits until all `bytes` are in the send queue (not: until they are acknowledged). When it fails, error().bytes of
  /// them were queued and are sent, if anything is. SendingShut after shutdown().
  [[nodiscard]] Write write(std::span<const std::byte> bytes) noexcept { return {slot_, bytes}; }

  /// FIN after all that was written; reading goes on (RFC 9293 3.6). Who waits in write() gets SendingShut.
  void shutdown() noexcept;
  /// As api::Connection::close(). Who waits for it gets NotOpen; so does every later operation.
  void close() noexcept;
  /// RST now; as api::Connection::abort().
  void abort() noexcept;

  /// True until it is closed, aborted or moved from; also after its end, which operations report.
  [[nodiscard]] bool is_open() const noexcept { return slot_.get() != nullptr; }
  /// For all that does not wait: options, info(), urgent data, transfer_to(). Not for closing. Stale when not open.
  [[nodiscard]] api::Connection handle() const noexcept;

 private:
  friend class Accept;
  friend class Connect;
  explicit Connection(const Ref<ConnectionSlot>& slot) noexcept : slot_(slot) {}

  Ref<ConnectionSlot> slot_;
};

}  // namespace millrace::coro
