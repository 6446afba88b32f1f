// Two bare stacks on a wire that loses nothing: the one under test, whose turns are counted, and its peer.
//
// Everything is seeded and time is a number, so that the same program executes the same instructions each time. A frame
// takes 10 us. Turns without anything to do are not made, as those of a worker at its limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "api/bare_stack.h"
#include "proxy/settings.h"

namespace millrace::bench {

/// 10.0.0.1
[[nodiscard]] api::BareStackSettings tested_settings();
/// 10.0.0.2
[[nodiscard]] api::BareStackSettings peer_settings();

[[nodiscard]] inline api::Endpoint tested_endpoint(std::uint16_t port) {
  return {wire::IpAddress::v4(0x0a000001), port};
}
[[nodiscard]] inline api::Endpoint peer_endpoint(std::uint16_t port) { return {wire::IpAddress::v4(0x0a000002), port}; }

/// A proxy from the tested stack's port to the peer's.
[[nodiscard]] proxy::ProxySettings proxy_settings(std::uint16_t port, std::uint16_t server_port);

/// The peer's application: a function. What it costs is not counted.
class PeerApp {
 public:
  std::function<void(api::Connection, const api::Event&)> on_event = [](api::Connection, const api::Event&) {};

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) on_event(shard.connection(event.connection), event);
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

class Scene {
 public:
  /// Both know each other's MAC afterwards.
  Scene(const api::BareStackSettings& tested_stack, api::AppRef tested_app, const api::BareStackSettings& peer_stack,
        api::AppRef peer_app);

  /// The peer's turn and what it sends, then the tested stack's. True when a frame went either way.
  bool step();
  /// Goes on until no frame has gone either way.
  void settle();
  /// Settles, then goes from deadline to deadline for so long.
  void run_for(Duration span);

  api::BareStack tested;
  api::BareStack peer;
  std::function<void(std::span<const std::byte>)> on_sent = [](std::span<const std::byte>) {};  ///< by the tested stack
  bool peer_hears = true;  ///< false: what the tested stack sends is lost

 private:
  static constexpr Duration kHop = microseconds{10};

  void meet();
  std::size_t peer_turn();
  std::size_t tested_turn();

  Time now_;
};

/// Ends the program: a path did not do what it is there for.
[[noreturn]] void fail(const char* what);

}  // namespace millrace::bench
