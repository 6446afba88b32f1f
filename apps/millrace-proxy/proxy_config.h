// millrace-proxy's configuration file: the shared tables, and [[listener]], [[upstream]], [timeouts].
//
// read_proxy_config() finds every error that can be found without touching a port: values by themselves, names that
// nothing answers to, addresses without a port, servers without a route.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/settings.h"
#include "runtime_config.h"

namespace millrace::config {

struct ProxyConfig {
  RuntimeConfig runtime;
  proxy::ProxySettings proxy;
};

/// Client connections that each worker may hold, and that its tables are made for. Flows spread over the workers by a
/// hash, never evenly: with several it is an eighth more than a worker's share.
[[nodiscard]] std::uint32_t worker_pairs(std::uint32_t connections, std::uint16_t workers) noexcept;

/// The configuration is complete only when `errors` is still empty. Memory is checked apart, by check_memory().
[[nodiscard]] ProxyConfig read_proxy_config(std::string_view text, Diagnostics& errors);

}  // namespace millrace::config
