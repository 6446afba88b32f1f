// The application, as the worker calls it: three functions on the worker's thread, no virtual call per packet.
#pragma once

#include <optional>
#include <span>

#include "api/shard.h"

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
  template <class App>
  explicit AppRef(App& app) noexcept
      : object_(&app),
        on_events_([](void* object, Shard shard, std::span<const Event> events) {
          static_cast<App*>(object)->on_events(shard, events);
        }),
        on_turn_([](void* object, Shard shard, Time now) { static_cast<App*>(object)->on_turn(shard, now); }),
        next_deadline_([](void* object) { return static_cast<App*>(object)->next_deadline(); }) {}

  void on_events(Shard shard, std::span<const Event> events) const { on_events_(object_, shard, events); }
  void on_turn(Shard shard, Time now) const { on_turn_(object_, shard, now); }
  [[nodiscard]] std::optional<Time> next_deadline() const { return next_deadline_(object_); }

 private:
  void* object_;
  void (*on_events_)(void*, Shard, std::span<const Event>);
  void (*on_turn_)(void*, Shard, Time);
  std::optional<Time> (*next_deadline_)(void*);
};

}  // namespace millrace::api
