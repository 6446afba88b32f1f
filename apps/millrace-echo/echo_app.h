// The application of one worker: its listeners and the service behind each.
//
// Which service a connection has is kept here, by connection index: events of the burst in which it is accepted were
// recorded before a user value could reach them. Everything runs on the worker's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "api/shard.h"
#include "chargen.h"
#include "discard.h"
#include "echo.h"
#include "http.h"
#include "listener_settings.h"

namespace millrace::echo {

class EchoApp {
 public:
  explicit EchoApp(std::span<const ListenerSettings> listeners);

  /// Starts every listener; a text when one is refused.
  [[nodiscard]] std::optional<std::string> listen(api::Shard shard);
  /// Refuses new connections; the others go on.
  void stop_listening(api::Shard shard);

  void on_events(api::Shard shard, std::span<const api::Event> events);
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

 private:
  using Service = std::variant<Echo, Discard, Chargen, Http>;
  [[nodiscard]] static Service make(const ListenerSettings& settings);

  struct Listener {
    ListenerSettings settings;
    Service service;
    std::optional<std::uint16_t> number;  ///< the shard's, while it listens
  };
  /// Where the listener with the shard's number is; the shard reports only numbers that it gave.
  [[nodiscard]] std::uint16_t place_of(std::uint16_t number) const noexcept;

  std::vector<Listener> listeners_;
  std::vector<std::uint16_t> places_;  ///< of each connection's listener, by connection index
};

}  // namespace millrace::echo
