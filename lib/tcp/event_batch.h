// The events of one turn, in order, as the application gets them.
//
// Collecting and releasing are two steps: handles that were reported Closed stay valid until the application has
// returned.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tcp/event.h"

namespace millrace::tcp {

struct Env;

class EventBatch {
 public:
  /// Room for `capacity` events per turn; what does not fit waits for the next turn.
  EventBatch(std::uint16_t shard, std::size_t capacity);

  /// Turns what the connections recorded into events; valid until done().
  [[nodiscard]] std::span<const Event> collect(Env& env) noexcept;
  /// The same with what has no connection behind it: next(Event&) is asked for one after the other while there is room,
  /// until it answers false.
  template <class Next>
  [[nodiscard]] std::span<const Event> collect(Env& env, Next&& next) noexcept {
    (void)collect(env);
    for (Event event; events_.size() < capacity_ && next(event);) events_.push_back(event);
    return events_;
  }
  /// The application has returned: connections reported Closed are released.
  void done(Env& env) noexcept;

 private:
  std::uint16_t shard_;
  std::size_t capacity_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> closed_;  ///< indices of Tcbs reported Closed in this batch
};

}  // namespace millrace::tcp
