// The shim in the life of its process: loaded, forked, ended.
#pragma once

namespace millrace::run {

/// A fork has used a socket of its parent's stack: -1 with ENOSYS, said once on standard error.
int refuse(int fd) noexcept;

/// The process ends: its sockets are closed, and what they have sent is waited for. Does nothing when called again.
void end_process() noexcept;

}  // namespace millrace::run
