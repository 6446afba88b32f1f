// SYNs that nobody stands behind: from random addresses and ports, at a constant rate or as fast as they can be made.
//
// Answers are not answered. Beside other parts a flood that is not limited takes what the port has left: it makes SYNs
// only when everything else has been sent.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "engine.h"
#include "schedule.h"

namespace millrace::load {

class SynFlood final : public Job {
 public:
  /// `from`: where the SYNs seem to come from. `rate`: per second; 0: as many as possible.
  SynFlood(Engine& engine, std::uint8_t part, const Sources& from, double rate, std::uint64_t seed);

  [[nodiscard]] const Text& text() const noexcept override { return none_; }
  [[nodiscard]] bool ready() const noexcept override { return true; }
  void begin(Time now) override;
  void turn(Time now, std::size_t room) override;
  [[nodiscard]] std::uint64_t late(Time now) const noexcept override;

  // It has no connections.
  void on_open(Connection&) override {}
  void on_text(Connection&, std::span<const std::byte>) override {}
  void on_peer_fin(Connection&) override {}
  void on_closed(Connection&, End) override {}

 private:
  [[nodiscard]] SegmentFields random_syn() noexcept;

  Engine& engine_;
  Part& part_;
  Sources from_;
  base::Random random_;
  std::optional<Schedule> schedule_;
  std::uint64_t sent_ = 0;
  bool begun_ = false;
  Text none_{"x"};
};

}  // namespace millrace::load
