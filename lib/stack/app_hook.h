// The application of one worker, as the worker calls it: one function pointer per call, so that the runtime is compiled
// once. api::AppRef makes one from any application.
#pragma once

#include <optional>
#include <span>

#include "base/time.h"
#include "tcp/event.h"

namespace millrace::stack {

class Shard;

/// Refers to the application, does not own it.
struct AppHook {
  void* object = nullptr;
  void (*events)(void*, Shard&, std::span<const tcp::Event>) = nullptr;
  void (*turn)(void*, Shard&, Time) = nullptr;
  std::optional<Time> (*deadline)(void*) = nullptr;

  void on_events(Shard& shard, std::span<const tcp::Event> all) const { events(object, shard, all); }
  void on_turn(Shard& shard, Time now) const { turn(object, shard, now); }
  [[nodiscard]] std::optional<Time> next_deadline() const { return deadline(object); }
};

}  // namespace millrace::stack
