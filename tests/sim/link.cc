#include "sim/link.h"

#include <algorithm>

namespace millrace::sim {

Time Link::leaves_at(std::size_t bytes, Time now) {
  if (profile_.bits_per_second == 0) return now;
  const auto ns = static_cast<std::int64_t>(bytes * 8 * 1'000'000'000 / profile_.bits_per_second);
  busy_until_ = std::max(busy_until_, now) + nanoseconds{ns};
  queue_.push_back(busy_until_);
  return busy_until_;
}

void Link::enqueue(io::Frame frame, Time at) { in_flight_.emplace(at, std::move(frame)); }

void Link::send(io::Frame frame, Time now) {
  while (!queue_.empty() && queue_.front() <= now) queue_.pop_front();
  if (tamper_ && tamper_(frame)) {
    ++counters_.tampered;
    return;
  }
  if (queue_.size() >= profile_.queue_frames) {
    ++counters_.queue_full;
    return;
  }
  const Time leaves = leaves_at(frame.size(), now);
  if (random_.chance(profile_.drop)) {
    ++counters_.dropped;
    return;
  }
  if (random_.chance(profile_.corrupt)) {
    const std::uint64_t bit = random_.below(frame.size() * 8);
    frame[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    ++counters_.corrupted;
  }
  Time at = leaves + profile_.delay +
            Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(to_ns(profile_.jitter)) + 1))};
  at = std::max(at, last_arrival_);
  if (random_.chance(profile_.reorder)) {
    at +=
        Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(to_ns(profile_.reorder_by)) + 1))};
    ++counters_.reordered;
  } else {
    last_arrival_ = at;
  }
  if (random_.chance(profile_.duplicate)) {
    enqueue(frame, at + microseconds{static_cast<std::int64_t>(random_.below(1000))});
    ++counters_.duplicated;
  }
  enqueue(std::move(frame), at);
  ++counters_.carried;
}

std::vector<io::Frame> Link::arrived(Time now) {
  std::vector<io::Frame> frames;
  while (!in_flight_.empty() && in_flight_.begin()->first <= now) {
    frames.push_back(std::move(in_flight_.begin()->second));
    in_flight_.erase(in_flight_.begin());
  }
  return frames;
}

std::optional<Time> Link::next_arrival() const {
  if (in_flight_.empty()) return std::nullopt;
  return in_flight_.begin()->first;
}

}  // namespace millrace::sim
