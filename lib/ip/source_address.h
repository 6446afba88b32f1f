// Which of our addresses a connection opens from when its user names none (RFC 9293 MUST-44, RFC 6724 5 as far as it
// applies to addresses that are configured by hand).
#pragma once

#include <cstdint>
#include <optional>

#include "ip/ip_config.h"
#include "ip/routes.h"
#include "wire/address.h"

namespace millrace::ip {

/// The route's own source. While that one is tentative, or refused as a duplicate: another usable address of its port
/// with the same IP version and scope, in the network of `remote` if there is one. nullopt: none can be used.
[[nodiscard]] std::optional<std::uint16_t> usable_source(const IpConfig& config, const Route& route,
                                                         const wire::IpAddress& remote) noexcept;

}  // namespace millrace::ip
