// The proxy in operation: a runtime, a proxy on each of its workers, telemetry.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy_config.h"
#include "report.h"
#include "stack/runtime.h"
#include "stack/telemetry.h"

namespace millrace::config {

class Service {
 public:
  /// Starts ports and workers and opens the listeners; throws std::runtime_error with cause and next step.
  explicit Service(const ProxyConfig& config);

  /// Refuses new clients; live ones have the configured time from now. False when a worker's inbox was full: call
  /// again.
  [[nodiscard]] bool drain();
  /// True when the last client is gone.
  [[nodiscard]] bool drained() const;

  [[nodiscard]] const Proxies& proxies() const noexcept { return proxies_; }
  [[nodiscard]] std::string describe() const { return runtime_->describe(); }

 private:
  void open_listeners(std::uint16_t worker);

  proxy::ProxySettings settings_;
  Proxies proxies_;
  std::unique_ptr<stack::Runtime> runtime_;  ///< stops before the proxies go
  std::optional<stack::Telemetry> telemetry_;
};

}  // namespace millrace::config
