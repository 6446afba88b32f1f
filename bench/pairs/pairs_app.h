// Both ends of a proxy's pairs in one application: clients that connect to the proxy, and the servers to which the
// proxy connects.
//
// Short: a client opens, sends 64 bytes, the server answers 64 bytes and closes, the client closes, and another client
// takes its place. Bulk: the server pours, the client throws away.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "api/shard.h"
#include "base/counter.h"

namespace millrace::bench {

enum class PairsMode : std::uint8_t { Short, Bulk };

struct PairsSettings {
  PairsMode mode = PairsMode::Short;
  std::uint32_t at_once = 64;  ///< clients under way
  std::vector<api::IpAddress> clients;
  api::Endpoint proxy;
  std::vector<api::Endpoint> servers;
};

class PairsApp {
 public:
  explicit PairsApp(PairsSettings settings) : settings_(std::move(settings)) {}

  /// The servers listen, and from now on clients come; false when an endpoint is refused.
  [[nodiscard]] bool listen(api::Shard shard);

  void on_events(api::Shard shard, std::span<const api::Event> events);
  void on_turn(api::Shard shard, Time now);
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

  // Any thread.
  [[nodiscard]] std::uint64_t finished() const noexcept { return finished_.get(); }  ///< clients answered and closed
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.get(); }        ///< that clients got
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_.get(); }      ///< that ended otherwise

 private:
  /// What set_user() says of a connection.
  enum Role : std::uint64_t { kServer = 0, kClient = 1 };

  void on_client(api::Connection connection, const api::Event& event);
  void on_server(api::Connection connection, const api::Event& event);
  void client_gone(base::Counter& how);

  PairsSettings settings_;
  bool running_ = false;
  std::uint32_t under_way_ = 0;
  base::Counter finished_, bytes_, failed_;
};

}  // namespace millrace::bench
