// What the program's calls do on sockets of Millrace, and the calls that decide whose a socket is.
//
// Return values and errno are those of the calls of POSIX whose names they have.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "descriptor_table.h"

namespace millrace::run {

// By descriptor: it may still be the kernel's, and stay so.

[[nodiscard]] int bind_socket(int fd, const sockaddr* address, socklen_t length);
[[nodiscard]] int listen_socket(int fd, int backlog);
[[nodiscard]] int connect_socket(int fd, const sockaddr* address, socklen_t length);
/// Closes the Millrace socket if this is its last descriptor. The descriptor itself is the caller's to close.
void let_go(int fd) noexcept;

// On a socket of Millrace.

/// Has the shadow show what the socket does now: a call of ours has changed that.
void look(const Live& live) noexcept;

[[nodiscard]] int accept_socket(const Live& live, sockaddr* address, socklen_t* length, int flags);
[[nodiscard]] ssize_t receive(const Live& live, msghdr& message, int flags);
[[nodiscard]] ssize_t receive(const Live& live, std::span<const iovec> vector, int flags);
[[nodiscard]] ssize_t transmit(const Live& live, const msghdr& message, int flags);
[[nodiscard]] ssize_t transmit(const Live& live, std::span<const iovec> vector, int flags);
/// sendfile(2): `offset` may be nullptr.
[[nodiscard]] ssize_t transmit_file(const Live& live, int file, off_t* offset, std::size_t count);
[[nodiscard]] int get_option(const Live& live, int fd, int level, int name, void* value, socklen_t* length);
[[nodiscard]] int set_option(const Live& live, int fd, int level, int name, const void* value, socklen_t length);
[[nodiscard]] int shut(const Live& live, int how);

}  // namespace millrace::run
