// Any bytes as a configuration file: read and checked whole, without a crash; errors can be printed, and a file without
// errors gives settings that keep what the proxy relies on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "memory_check.h"
#include "proxy_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  config::Diagnostics errors("fuzz.toml");
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const config::ProxyConfig config = config::read_proxy_config(text, errors);
  if (errors.to_string().empty() != errors.empty()) std::abort();
  if (!errors.empty()) return 0;

  if (config.proxy.listeners.empty() || config.runtime.settings.ports.empty()) std::abort();
  for (const proxy::ListenerSettings& listener : config.proxy.listeners) {
    if (listener.upstream >= config.proxy.upstreams.size() || listener.address.port == 0) std::abort();
  }
  for (const proxy::UpstreamSettings& upstream : config.proxy.upstreams) {
    if (upstream.servers.empty() || upstream.servers.size() > proxy::kMaxServers) std::abort();
    if (upstream.fall == 0 || upstream.rise == 0 || upstream.connect_timeout <= Duration{0}) std::abort();
  }
  config::check_memory(config.runtime, {}, errors);
  if (errors.empty()) std::abort();
  return 0;
}
