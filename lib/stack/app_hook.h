// The application of one worker, as the worker calls it: one function pointer per call, so that the runtime is compiled
// once. api::AppRef makes one from any application.
#pragma once

#include <optional>
#include <span>

#include "base/time.h"
#include "tcp/event.h"

namespace millrace::stack {

class Shard;

/// Refers to the application, does not own it. All is called on the worker's thread.
struct AppHook {
  void* object = nullptr;                                                ///< the application
  void (*events)(void*, Shard&, std::span<const tcp::Event>) = nullptr;  ///< see on_events()
  void (*turn)(void*, Shard&, Time) = nullptr;                           ///< see on_turn()
  std::optional<Time> (*deadline)(void*) = nullptr;                      ///< see next_deadline()

  /// Once per turn, if there are events; `all` is valid during the call.
  void on_events(Shard& shard, std::span<const tcp::Event> all) const { events(object, shard, all); }
  /// Every turn.
  void on_turn(Shard& shard, Time now) const { turn(object, shard, now); }
  /// When on_turn() has something to do next; nullopt: nothing waits.
  [[nodiscard]] std::optional<Time> next_deadline() const { return deadline(object); }
};

}  // namespace millrace::stack
