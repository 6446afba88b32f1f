// What becomes of a frame on one direction of a link: lost, refused by the full queue, or carried, and when it leaves.
//
// The model is a queue, a wire with a rate, and a path behind it. A frame waits in the queue until the frames before it
// have left, takes size / rate on the wire, and then the path's delay. A frame lost on the path has used its time on
// the wire. Frames keep their order, save those that reordering holds back. Pure: time is an argument, dice are seeded,
// so the same frames at the same times have the same fate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace millrace::link {

struct Profile {
  std::uint64_t bits_per_second = 0;  ///< 0: no limit, and so no queue
  Duration delay{0};                  ///< of the path, one way
  Duration jitter{0};                 ///< on top, uniform between 0 and this
  double loss = 0;                    ///< share of the frames
  double burst = 1;                   ///< mean number of frames lost in a row; 1: each by itself
  double reorder = 0;                 ///< share of the frames that are held back
  Duration reorder_by{0};             ///< for so long, while later frames overtake them
  double duplicate = 0;               ///< share of the frames that arrive twice
  std::uint64_t mark_bytes = 0;       ///< frames that find so much in the queue are marked CE; 0: none
  std::uint64_t queue_bytes = 0;      ///< what the queue takes; 0: no limit
  std::uint64_t seed = 1;
  friend bool operator==(const Profile&, const Profile&) = default;
};

struct Fate {
  enum class Kind : std::uint8_t { Carried, Lost, QueueFull };
  Kind kind = Kind::Carried;
  bool mark = false;       ///< the queue asks for a congestion mark, if the frame can bear one
  bool held_back = false;  ///< by reordering
  bool twice = false;      ///< a copy follows at once
  Time leaves{};
};

class Impairment {
 public:
  explicit Impairment(const Profile& profile) noexcept : profile_(profile), random_(profile.seed) {}

  [[nodiscard]] Fate fate(std::size_t bytes, Time now);
  /// In the queue, the frame on the wire included.
  [[nodiscard]] std::uint64_t queued_bytes(Time now);
  [[nodiscard]] const Profile& profile() const noexcept { return profile_; }

 private:
  struct Waiting {
    Time gone;
    std::size_t bytes;
  };

  void leave_queue(Time now);
  [[nodiscard]] Time pass_wire(std::size_t bytes, Time now);
  [[nodiscard]] Time pass_path(Time sent, Fate& fate);
  [[nodiscard]] bool is_lost() noexcept;

  Profile profile_;
  base::Random random_;
  std::deque<Waiting> queue_;
  std::uint64_t queued_ = 0;  ///< sum of queue_
  Time wire_free_{};
  Time last_arrival_{};    ///< of the frames in order
  bool in_burst_ = false;  ///< the frame before was lost
};

}  // namespace millrace::link
