// What an awaited operation answers: a value, or why there is none. No exception is thrown on the data path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/types.h"
#include "base/export.h"

namespace millrace::coro {

/// Why an operation failed; in brackets what a socket would say.
enum class ErrorKind : std::uint8_t {
  TimedOut,     ///< the time of with_timeout() is over, or the connection's receive_timeout (ETIMEDOUT)
  Cancelled,    ///< the CancelSource was cancelled (ECANCELED)
  EndOfStream,  ///< read_exactly(): the peer closed before all of it came
  Ended,        ///< the connection is over; `reason` and `rule` say why (ECONNRESET, ETIMEDOUT, ...)
  SendingShut,  ///< write() after shutdown() (EPIPE)
  NotOpen,      ///< moved from, closed by us, or the scheduler has no shard yet (EBADF, ENOTCONN)
  Busy,         ///< another coroutine waits for the same: one reader and one writer per connection (EALREADY)
  WrongWorker,  ///< belongs to another worker's scheduler
  Refused,      ///< listen() or connect() could not be carried out; `refusal` says why
  NoMemory,     ///< (ENOMEM)
};

/// An ErrorKind and its particulars.
struct Error {
  ErrorKind kind;                                    ///< says which other fields are filled
  api::CloseReason reason = api::CloseReason::None;  ///< of Ended
  api::CloseRule rule = api::CloseRule::None;        ///< of Ended: exactly why
  api::Error refusal{};                              ///< of Refused
  std::size_t bytes = 0;  ///< read or queued for sending before it failed: read_exactly() and write()

  friend bool operator==(const Error&, const Error&) = default;
  /// For people.
  [[nodiscard]] MILLRACE_API std::string to_string() const;
};

/// A value or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  /// It went well.
  Result(T value) noexcept : value_(std::move(value)) {}
  /// It failed.
  Result(const Error& error) noexcept : error_(error) {}

  /// True when there is a value.
  [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }
  /// Only if there is one.
  [[nodiscard]] T& value() noexcept { return *value_; }
  /// Only if there is one.
  [[nodiscard]] const T& value() const noexcept { return *value_; }
  /// As value().
  [[nodiscard]] T& operator*() noexcept { return *value_; }
  /// As value().
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  /// A member of value().
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  /// A member of value().
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }
  /// Only if there is no value.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  std::optional<T> value_;
  Error error_{};
};

/// Nothing, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  /// It went well.
  Result() noexcept = default;
  /// It failed.
  Result(const Error& error) noexcept : error_(error) {}

  /// True when it went well.
  [[nodiscard]] explicit operator bool() const noexcept { return !error_.has_value(); }
  /// Only if it failed.
  [[nodiscard]] const Error& error() const noexcept { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace millrace::coro
