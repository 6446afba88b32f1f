// One direction of a simulated link: rate, delay, jitter, loss, duplication, reordering, corruption, a bounded queue.
// Seeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "io/mem_port.h"

namespace millrace::sim {

struct LinkProfile {
  double drop = 0;  ///< probability per frame
  double duplicate = 0;
  double reorder = 0;  ///< a frame is held back by up to `reorder_by`
  double corrupt = 0;  ///< one bit is flipped
  Duration delay = milliseconds{1};
  Duration jitter{0};  ///< added, uniform; keeps the order
  Duration reorder_by = milliseconds{5};
  std::uint64_t bits_per_second = 0;  ///< 0: no limit
  std::size_t queue_frames = 1000;    ///< waiting for the rate
};

struct LinkCounters {
  std::uint64_t carried = 0, dropped = 0, duplicated = 0, reordered = 0, corrupted = 0, queue_full = 0, tampered = 0;
};

class Link {
 public:
  /// A rule looks at every frame before the dice do; true: the frame is lost.
  using Tamper = std::function<bool(const io::Frame&)>;

  Link(const LinkProfile& profile, std::uint64_t seed) : profile_(profile), random_(seed) {}

  void set_tamper(Tamper tamper) { tamper_ = std::move(tamper); }
  void set_profile(const LinkProfile& profile) { profile_ = profile; }
  void send(io::Frame frame, Time now);
  /// Frames that have arrived by `now`, in order of arrival.
  [[nodiscard]] std::vector<io::Frame> arrived(Time now);
  [[nodiscard]] std::optional<Time> next_arrival() const;
  [[nodiscard]] bool empty() const noexcept { return in_flight_.empty(); }
  [[nodiscard]] const LinkCounters& counters() const noexcept { return counters_; }

 private:
  [[nodiscard]] Time leaves_at(std::size_t bytes, Time now);
  void enqueue(io::Frame frame, Time at);

  LinkProfile profile_;
  base::Random random_;
  Tamper tamper_;
  std::multimap<Time, io::Frame> in_flight_;
  std::deque<Time> queue_;  ///< departures that the rate still holds back
  Time busy_until_{};
  Time last_arrival_{};
  LinkCounters counters_;
};

}  // namespace millrace::sim
