// One direction of the link: frames of one side are judged as they arrive and leave by the other side when it is time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "impairment.h"
#include "lateness.h"
#include "pkt/packet.h"
#include "schedule.h"
#include "side.h"

namespace millrace::link {

struct DirectionCounters {
  std::uint64_t frames = 0, bytes = 0;  ///< that arrived
  std::uint64_t lost = 0, queue_full = 0, held_back = 0, duplicated = 0, marked = 0;
  std::uint64_t sent = 0;        ///< that left, copies included
  std::uint64_t queue_peak = 0;  ///< the most bytes in the queue
  Lateness late;                 ///< of what left
};

class Direction {
 public:
  Direction(Side& from, Side& to, const Profile& profile) : from_(from), to_(to), impairment_(profile) {}
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;
  ~Direction();

  /// One burst from a port; true when there was one.
  bool receive(Time now);
  /// What is due leaves; true when something did.
  bool release(Time now);
  [[nodiscard]] std::optional<Time> next() const { return schedule_.next(); }

  /// From now on; frames on their way keep their times.
  void set_profile(const Profile& profile) { impairment_ = Impairment{profile}; }
  [[nodiscard]] const Profile& profile() const noexcept { return impairment_.profile(); }
  [[nodiscard]] const DirectionCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return to_.refused(); }
  void reset_counters() noexcept;

 private:
  void judge(pkt::Packet& frame, Time now);
  void carry(pkt::Packet& frame, const Fate& fate);

  Side& from_;
  Side& to_;
  Impairment impairment_;
  Schedule<pkt::Packet*> schedule_;
  DirectionCounters counters_;
};

}  // namespace millrace::link
