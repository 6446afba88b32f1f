// Between struct sockaddr and the stack's Endpoint: what bind() and connect() accept, what getsockname() gives.
#pragma once

#include <sys/socket.h>

#include "api/types.h"

namespace millrace::sockets {

/// Reads a local address for a socket of `domain`. 0; -EINVAL: too short, -EAFNOSUPPORT: another family, -EFAULT.
[[nodiscard]] int read_local(int domain, const sockaddr* address, socklen_t length, api::Endpoint& out) noexcept;

/// The same for a remote address.
[[nodiscard]] int read_remote(int domain, const sockaddr* address, socklen_t length, api::Endpoint& out) noexcept;

/// Whether the address asks connect() to dissolve the association (AF_UNSPEC).
[[nodiscard]] bool is_unspecified_family(const sockaddr* address, socklen_t length) noexcept;

/// Writes as much as `*length` has room for and sets it to the whole address' size. 0; -EFAULT, -EINVAL.
[[nodiscard]] int write_address(int domain, const api::Endpoint& endpoint, sockaddr* address,
                                socklen_t* length) noexcept;

/// 0.0.0.0 or :: as the domain has it.
[[nodiscard]] api::IpAddress any_address(int domain) noexcept;

}  // namespace millrace::sockets
