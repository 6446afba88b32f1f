// Which worker owns a flow that is to be opened from here, asked before it is opened: a local port that the caller
// fixed can be used on that worker only.
#pragma once

#include <cstdint>
#include <optional>

#include "flow/rss.h"
#include "ip/ip_config.h"
#include "wire/address.h"

namespace millrace::stack {

/// `local` unspecified: the route's source. nullopt when there is no route, or `local` is not ours.
[[nodiscard]] std::optional<std::uint16_t> owner_of_flow(const ip::IpConfig& ip, const flow::OwnerMap& owners,
                                                         const wire::IpAddress& local, std::uint16_t local_port,
                                                         const wire::IpAddress& remote,
                                                         std::uint16_t remote_port) noexcept;

}  // namespace millrace::stack
