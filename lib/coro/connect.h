// Active OPEN, awaited.
#pragma once

#include "api/types.h"
#include "base/export.h"
#include "coro/connection.h"
#include "coro/error.h"
#include "coro/operation.h"

namespace millrace::coro {

/// What connect() returns; await it.
class [[nodiscard]] MILLRACE_API Connect final : public Operation {
 public:
  // For the rest of this room, and the compiler.
  Connect(const api::Endpoint& remote, const api::ConnectOptions& options) noexcept
      : remote_(remote), options_(options) {}
  /// Only before it is awaited.
  Connect(Connect&&) noexcept = default;
  ~Connect() { leave(); }
  Result<Connection> await_resume() noexcept;

 private:
  std::optional<Error> begin(Strand& strand) noexcept override;
  bool poll() noexcept override;

  api::Endpoint remote_;
  api::ConnectOptions options_;
  Connection connection_;
};

/// Opens a connection and waits until it is established. Refused as api::Shard::connect() says; Ended with Refused,
/// ConnectTimeout or Unreachable when the network says no. When it times out or is cancelled the attempt is given up.
[[nodiscard]] inline Connect connect(const api::Endpoint& remote, const api::ConnectOptions& options = {}) noexcept {
  return Connect{remote, options};
}

}  // namespace millrace::coro
