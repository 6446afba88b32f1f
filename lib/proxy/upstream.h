// One upstream: its servers, which of them is next, and what is known about each.
//
// Round robin over the healthy servers; over all of them when none is healthy, because a health check that is wrong
// must not take the service down. A worker has its own groups, so the turn is per worker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/shard.h"
#include "api/types.h"
#include "base/counter.h"
#include "proxy/settings.h"

namespace millrace::proxy {

struct Server {
  api::Endpoint address;
  base::Counter healthy;      ///< 1 or 0; servers start healthy
  base::Counter active;       ///< pairs joined to it now
  base::Counter connections;  ///< connections it answered
  base::Counter failures;     ///< connection attempts it did not answer
  base::Counter checks_good;
  base::Counter checks_failed;
};

class UpstreamGroup {
 public:
  explicit UpstreamGroup(const UpstreamSettings& settings);

  /// The next server whose bit in `tried` is clear, or nullopt when no candidate is left: each server is tried at most
  /// once per client connection.
  [[nodiscard]] std::optional<std::uint16_t> choose(std::uint64_t tried) noexcept;

  /// Connects to a server from one of the group's source addresses.
  [[nodiscard]] api::Result<api::Connection> connect(api::Shard shard, std::uint16_t server,
                                                     api::ConnectOptions options) const noexcept;

  [[nodiscard]] const UpstreamSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] std::vector<Server>& servers() noexcept { return servers_; }
  [[nodiscard]] const std::vector<Server>& servers() const noexcept { return servers_; }

 private:
  [[nodiscard]] bool any_healthy() const noexcept;

  UpstreamSettings settings_;
  std::vector<Server> servers_;
  std::size_t next_ = 0;  ///< where the next round-robin search starts
};

}  // namespace millrace::proxy
