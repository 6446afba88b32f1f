// Socket addresses of IP, as the configuration knows addresses.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "api/types.h"

namespace millrace::run {

/// nullopt: no address of IPv4 or IPv6, or cut short.
[[nodiscard]] std::optional<api::Endpoint> endpoint_of(const sockaddr* address, socklen_t length) noexcept;

/// What the kernel's socket is bound to; the unspecified address and port 0 when it is not.
[[nodiscard]] std::optional<api::Endpoint> bound_to(int fd) noexcept;

}  // namespace millrace::run
