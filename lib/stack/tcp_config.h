// What the settings say of TCP, as the state machine reads it.
#pragma once

#include "base/siphash.h"
#include "stack/config.h"
#include "tcp/config.h"

namespace millrace::stack {

/// The secrets are the same in all shards.
[[nodiscard]] tcp::TcpConfig tcp_config(const TcpSettings& settings, const base::SipKey& isn_secret,
                                        const base::SipKey& cookie_secret) noexcept;

}  // namespace millrace::stack
