// How an application names a timer of its own: by place and generation, like a connection.
#pragma once

#include <cstdint>

namespace millrace::stack {

/// A stale one is recognised; the default names none.
struct AppTimerId {
  std::uint32_t index = 0xffff'ffff;  ///< its place
  std::uint32_t generation = 0;       ///< of that place: one more for each timer that lives in it
  friend bool operator==(const AppTimerId&, const AppTimerId&) = default;
};

}  // namespace millrace::stack
