// Opens a number of connections and keeps them open: one that ends is opened again, at once when the server closed it,
// after a while when something was wrong.
#pragma once

#include <cstdint>

#include "engine.h"

namespace millrace::load {

class Opener {
 public:
  /// The part's first `connections` local ends.
  Opener(Engine& engine, std::uint8_t part, std::uint32_t connections);

  [[nodiscard]] bool all_open() const noexcept { return open_ == connections_; }
  /// Once a turn: at most `room` SYNs.
  void turn(std::size_t room) noexcept;
  void on_open() noexcept {
    --opening_;
    ++open_;
  }
  void on_closed(Connection& connection, End how) noexcept;

 private:
  Engine& engine_;
  std::uint8_t part_;
  std::uint32_t connections_;
  std::uint32_t opening_ = 0, open_ = 0;
  IndexRing to_open_;
  IndexRing to_retry_;  ///< those that failed, in the order of their ends
};

}  // namespace millrace::load
