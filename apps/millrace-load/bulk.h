// Text without end over kept connections, from the moment that they are open: down (from chargen), up (into discard),
// or both at once (through echo).
#pragma once

#include <cstdint>
#include <optional>

#include "engine.h"
#include "opener.h"

namespace millrace::load {

enum class Direction : std::uint8_t { Down, Up, Both };

struct BulkSettings {
  std::uint32_t connections = 1;
  Direction direction = Direction::Down;
  bool verify = false;  ///< down: chargen's lines are expected; both: what was sent
};

class Bulk final : public Job {
 public:
  Bulk(Engine& engine, std::uint8_t part, const BulkSettings& settings);

  [[nodiscard]] const Text& text() const noexcept override { return text_; }
  [[nodiscard]] bool ready() const noexcept override { return opener_.all_open(); }
  void begin(Time) override {}
  void turn(Time, std::size_t room) override { opener_.turn(room); }

  void on_open(Connection& connection) override;
  void on_text(Connection& connection, std::span<const std::byte> text) override;
  void on_peer_fin(Connection& connection) override;
  void on_closed(Connection& connection, End how) override { opener_.on_closed(connection, how); }

 private:
  Engine& engine_;
  BulkSettings settings_;
  Opener opener_;
  Text text_;
  std::optional<Text> want_;  ///< what is received, if it is to be compared
};

}  // namespace millrace::load
