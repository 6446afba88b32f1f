#include "echo_app.h"

#include <fmt/format.h>

namespace millrace::echo {

EchoApp::EchoApp(std::span<const ListenerSettings> listeners) {
  listeners_.reserve(listeners.size());
  for (const ListenerSettings& settings : listeners)
    listeners_.push_back({.settings = settings, .service = make(settings), .number = std::nullopt});
}

EchoApp::Service EchoApp::make(const ListenerSettings& settings) {
  switch (settings.service) {
    case ServiceKind::Discard:
      return Discard{};
    case ServiceKind::Chargen:
      return Chargen{};
    case ServiceKind::Http:
      return Http{settings.body_size};
    case ServiceKind::Echo:
      break;
  }
  return Echo{};
}

std::optional<std::string> EchoApp::listen(api::Shard shard) {
  for (Listener& listener : listeners_) {
    const auto number = shard.listen(listener.settings.local, listener.settings.options);
    if (!number)
      return fmt::format("cannot listen on {}: {}", listener.settings.local.to_string(), to_string(number.error()));
    listener.number = number.value();
  }
  return std::nullopt;
}

void EchoApp::stop_listening(api::Shard shard) {
  for (Listener& listener : listeners_) {
    if (listener.number) shard.stop_listening(*listener.number);
  }
}

std::uint16_t EchoApp::place_of(std::uint16_t number) const noexcept {
  std::uint16_t place = 0;
  while (listeners_[place].number != number) ++place;
  return place;
}

void EchoApp::on_events(api::Shard shard, std::span<const api::Event> events) {
  for (const api::Event& event : events) {
    if (event.kind == api::EventKind::Closed) continue;
    const std::uint32_t index = event.connection.index;
    if (index >= places_.size()) places_.resize(std::size_t{index} + 1);
    if (event.kind == api::EventKind::Accepted) places_[index] = place_of(event.listener);
    std::visit([&](auto& service) { service.on_event(shard.connection(event.connection), event); },
               listeners_[places_[index]].service);
  }
}

}  // namespace millrace::echo
