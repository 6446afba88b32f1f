// The sockets of one stack, and how a call reaches them: what a program in C++ makes before it uses sockets/sockets.h.
//
// It is the stack's application, so it exists before the stack and is told of it afterwards:
//
//   sockets::Sockets sockets;                                    sockets::Sockets sockets{settings.workers};
//   api::BareStack stack{settings, sockets.app()};               stack::Runtime runtime{settings, sockets.apps()};
//   sockets.drive(stack.shard());                                sockets.drive(runtime);
//   mr_use(sockets.handle());                                    mr_use(sockets.handle());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "api/app.h"
#include "base/export.h"

struct mr_stack;

namespace millrace::stack {
class Runtime;
}

namespace millrace::sockets {

/// Made for one stack, driven once; any thread may use its handle.
class MILLRACE_API Sockets {
 public:
  /// `workers`: as many as the stack will have.
  explicit Sockets(std::uint16_t workers = 1);
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  /// The stack has ended before, or is not turned any more, and no call was made since. Descriptors left answer EBADF
  /// from now on.
  ~Sockets();

  /// The application of one worker; refers to this object.
  [[nodiscard]] api::AppRef app(std::uint16_t worker = 0) noexcept;
  /// The same, as stack::Runtime asks for it.
  [[nodiscard]] std::function<stack::AppHook(std::uint16_t worker)> apps();

  /// A stack of one shard that the caller turns: calls run in the caller's thread.
  void drive(api::Shard shard);
  /// A runtime with threads of its own: calls are carried to the worker that has the socket, and wait for the answer.
  /// One that the caller turns (stack::Drive::Caller): calls run in the caller's thread.
  void drive(stack::Runtime& runtime);

  /// For mr_use() and mr_set_wait().
  [[nodiscard]] mr_stack* handle() noexcept;

 private:
  std::unique_ptr<mr_stack> stack_;
};

}  // namespace millrace::sockets
