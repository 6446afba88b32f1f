// The application, as the worker calls it: three functions on the worker's thread, no virtual call per packet.
#pragma once

#include <optional>
#include <span>

#include "api/shard.h"
#include "stack/app_hook.h"

namespace millrace::api {

/// Derive nothing: any class with these members is an application.
///   void on_events(Shard shard, std::span<const Event> events);  // once per turn, if there are events
///   void on_turn(Shard shard, Time now);                         // every turn, for the application's own timers
///   std::optional<Time> next_deadline();                         // the next instant at which on_turn has something to
///   do
///
/// AppRef erases the type with one function pointer per call; it refers to the application, does not own it.
class AppRef {
 public:
  /// `app` outlives the worker or stack that it is given to.
  template <class App>
  explicit AppRef(App& app) noexcept
      : hook_{
            .object = &app,
            .events = [](void* object, stack::Shard& shard,
                         std::span<const Event> events) { static_cast<App*>(object)->on_events(Shard{shard}, events); },
            .turn = [](void* object, stack::Shard& shard,
                       Time now) { static_cast<App*>(object)->on_turn(Shard{shard}, now); },
            .deadline = [](void* object) { return static_cast<App*>(object)->next_deadline(); }} {}

  /// For the runtime.
  [[nodiscard]] const stack::AppHook& hook() const noexcept { return hook_; }

 private:
  stack::AppHook hook_;
};

}  // namespace millrace::api
