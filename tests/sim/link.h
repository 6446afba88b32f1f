// One direction of a simulated link: rate, delay, jitter, a bounded queue, ECN marks, and what goes wrong: loss by
// itself or in bursts, duplication, reordering, corruption. Seeded.
//
// A frame meets, in this order: the rules (Tamper), the queue's bounds, the mark, the rate, the dice. So what the dice
// lose has waited for its turn and used the rate, as on a wire; what the queue refuses has not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "io/mem_port.h"

namespace millrace::sim {

/// Loss in bursts (Gilbert 1960): a link that is bad loses every frame.
struct BurstLoss {
  double enter = 0;  ///< probability per frame that a good link turns bad; 0: never
  double leave = 1;  ///< that a bad one turns good: bursts have 1/leave frames on average
};

struct LinkProfile {
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  double drop = 0;         ///< probability per frame
  BurstLoss bursts{};      ///< besides
  bool lose_text = false;  ///< only TCP segments with text are lost by chance
  double duplicate = 0;
  double reorder = 0;  ///< a frame is held back by up to `reorder_by`
  double late = 0;     ///< a frame arrives exactly `late_by` later; the frames behind it keep their time
  double corrupt = 0;  ///< one bit is flipped
  Duration delay = milliseconds{1};
  Duration jitter{0};  ///< added, uniform; keeps the order
  Duration reorder_by = milliseconds{5};
  Duration late_by = milliseconds{3};
  std::uint64_t bits_per_second = 0;     ///< 0: no limit
  std::size_t queue_frames = 1000;       ///< waiting for the rate
  std::size_t queue_bytes = kUnbounded;  ///< the same
  std::size_t mark_above = kUnbounded;   ///< frames that find as many in the queue are marked CE, if they are ECT
};

struct LinkCounters {
  std::uint64_t carried = 0, dropped = 0, duplicated = 0, reordered = 0, corrupted = 0, queue_full = 0, tampered = 0,
                marked = 0;
};

class Link {
 public:
  /// A rule looks at every frame before the dice do; true: the frame is lost.
  using Tamper = std::function<bool(const io::Frame&)>;

  enum class Fate { Carried, Lost, Refused };  ///< Refused: by the queue
  struct Passage {
    Fate fate;
    Time sent;
    Time leaves;   ///< the queue; when it was sent if it never got there
    Time arrives;  ///< if carried; a duplicate comes besides
  };
  /// Is told what becomes of every frame that no rule has lost, when it is sent.
  using Watch = std::function<void(const io::Frame&, const Passage&)>;

  Link(const LinkProfile& profile, std::uint64_t seed) : profile_(profile), random_(seed) {}

  void set_tamper(Tamper tamper) { tamper_ = std::move(tamper); }
  void set_watch(Watch watch) { watch_ = std::move(watch); }
  void set_profile(const LinkProfile& profile) { profile_ = profile; }
  void send(io::Frame frame, Time now);
  /// Frames that have arrived by `now`, in order of arrival.
  [[nodiscard]] std::vector<io::Frame> arrived(Time now);
  [[nodiscard]] std::optional<Time> next_arrival() const;
  [[nodiscard]] bool empty() const noexcept { return in_flight_.empty(); }
  [[nodiscard]] const LinkCounters& counters() const noexcept { return counters_; }

 private:
  struct Departure {
    Time at;
    std::size_t bytes;
  };
  struct Arrival {
    Time at;
    io::Frame frame;
  };

  void empty_queue(Time now);
  [[nodiscard]] bool queue_takes(std::size_t bytes) const;
  [[nodiscard]] Time leaves_at(std::size_t bytes, Time now);
  [[nodiscard]] bool loses(const io::Frame& frame);
  void corrupt(io::Frame& frame);
  [[nodiscard]] Time arrives_at(Time leaves);
  void enqueue(io::Frame frame, Time at);
  void tell(const io::Frame& frame, const Passage& passage) const;

  LinkProfile profile_;
  base::Random random_;
  Tamper tamper_;
  Watch watch_;
  std::deque<Arrival> in_flight_;  ///< in order of arrival, then of sending
  std::deque<Departure> queue_;    ///< what the rate still holds back
  std::size_t queued_bytes_ = 0;
  bool bad_ = false;  ///< in a burst of losses
  Time busy_until_{};
  Time last_arrival_{};
  LinkCounters counters_;
};

}  // namespace millrace::sim
