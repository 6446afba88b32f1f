#include "impairment.h"

#include <algorithm>

namespace millrace::link {

Fate Impairment::fate(std::size_t bytes, Time now) {
  Fate fate;
  leave_queue(now);
  if (profile_.queue_bytes != 0 && queued_ + bytes > profile_.queue_bytes) {
    fate.kind = Fate::Kind::QueueFull;
    return fate;
  }
  fate.mark = profile_.mark_bytes != 0 && queued_ >= profile_.mark_bytes;
  const Time sent = pass_wire(bytes, now);
  if (is_lost()) {
    fate.kind = Fate::Kind::Lost;
    return fate;
  }
  fate.leaves = pass_path(sent, fate);
  fate.twice = random_.chance(profile_.duplicate);
  return fate;
}

std::uint64_t Impairment::queued_bytes(Time now) {
  leave_queue(now);
  return queued_;
}

void Impairment::leave_queue(Time now) {
  while (!queue_.empty() && queue_.front().gone <= now) {
    queued_ -= queue_.front().bytes;
    queue_.pop_front();
  }
}

Time Impairment::pass_wire(std::size_t bytes, Time now) {
  if (profile_.bits_per_second == 0) return now;
  const std::uint64_t ns = bytes * 8 * 1'000'000'000 / profile_.bits_per_second;
  wire_free_ = std::max(wire_free_, now) + Duration{static_cast<std::int64_t>(ns)};
  queue_.push_back({wire_free_, bytes});
  queued_ += bytes;
  return wire_free_;
}

Time Impairment::pass_path(Time sent, Fate& fate) {
  const auto spread = static_cast<std::uint64_t>(to_ns(profile_.jitter));
  const Time arrival = sent + profile_.delay + Duration{static_cast<std::int64_t>(random_.below(spread + 1))};
  fate.held_back = random_.chance(profile_.reorder);
  if (fate.held_back) return std::max(arrival, last_arrival_) + profile_.reorder_by;
  last_arrival_ = std::max(arrival, last_arrival_);
  return last_arrival_;
}

// The model of Gilbert: a burst goes on with the probability that gives its mean length, and begins with the one that
// makes `loss` the share of all frames.
bool Impairment::is_lost() noexcept {
  if (profile_.loss <= 0) return false;
  if (profile_.burst <= 1) return random_.chance(profile_.loss);
  const double goes_on = 1 - 1 / profile_.burst;
  const double begins = profile_.loss / (profile_.burst * (1 - profile_.loss));
  in_burst_ = random_.chance(in_burst_ ? goes_on : begins);
  return in_burst_;
}

}  // namespace millrace::link
