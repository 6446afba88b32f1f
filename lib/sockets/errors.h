// errno for what the stack reports.
#pragma once

#include "api/types.h"

namespace millrace::sockets {

class Socket;

/// Of a connection that is over: what SO_ERROR says; 0 for an orderly end.
[[nodiscard]] int errno_of_end(const Socket& socket, api::CloseReason reason) noexcept;
/// 0 for what programs are not told of.
[[nodiscard]] int errno_of(api::SoftError error) noexcept;
/// Of a call that the stack refused.
[[nodiscard]] int errno_of(api::Error error) noexcept;

}  // namespace millrace::sockets
