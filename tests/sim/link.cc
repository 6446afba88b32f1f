#include "sim/link.h"

#include <algorithm>

#include "sim/ecn_mark.h"
#include "sim/frame_view.h"

namespace millrace::sim {

void Link::empty_queue(Time now) {
  while (!queue_.empty() && queue_.front().at <= now) {
    queued_bytes_ -= queue_.front().bytes;
    queue_.pop_front();
  }
}

bool Link::queue_takes(std::size_t bytes) const {
  return queue_.size() < profile_.queue_frames && bytes <= profile_.queue_bytes &&
         queued_bytes_ <= profile_.queue_bytes - bytes;
}

Time Link::leaves_at(std::size_t bytes, Time now) {
  if (profile_.bits_per_second == 0) return now;
  const auto ns = static_cast<std::int64_t>(bytes * 8 * 1'000'000'000 / profile_.bits_per_second);
  busy_until_ = std::max(busy_until_, now) + nanoseconds{ns};
  queue_.push_back({busy_until_, bytes});
  queued_bytes_ += bytes;
  return busy_until_;
}

/// What a profile does not ask for draws nothing, so that the dice of older profiles fall as ever; `drop` always did.
bool Link::loses(const io::Frame& frame) {
  if (profile_.bursts.enter > 0)
    bad_ = bad_ ? !random_.chance(profile_.bursts.leave) : random_.chance(profile_.bursts.enter);
  const bool lost = random_.chance(profile_.drop) || (profile_.bursts.enter > 0 && bad_);
  return lost && (!profile_.lose_text || view_frame(frame).text > 0);
}

void Link::corrupt(io::Frame& frame) {
  if (!random_.chance(profile_.corrupt)) return;
  const std::uint64_t bit = random_.below(frame.size() * 8);
  frame[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
  ++counters_.corrupted;
}

Time Link::arrives_at(Time leaves) {
  const auto up_to = [this](Duration most) {
    return Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(to_ns(most)) + 1))};
  };
  const Time in_order = std::max(leaves + profile_.delay + up_to(profile_.jitter), last_arrival_);
  if (random_.chance(profile_.reorder)) {
    ++counters_.reordered;
    return in_order + up_to(profile_.reorder_by);
  }
  if (profile_.late > 0 && random_.chance(profile_.late)) {
    ++counters_.reordered;
    return in_order + profile_.late_by;
  }
  last_arrival_ = in_order;
  return in_order;
}

void Link::enqueue(io::Frame frame, Time at) {
  auto place = in_flight_.end();
  while (place != in_flight_.begin() && std::prev(place)->at > at) --place;
  in_flight_.insert(place, {at, std::move(frame)});
}

void Link::tell(const io::Frame& frame, const Passage& passage) const {
  if (watch_) watch_(frame, passage);
}

void Link::send(io::Frame frame, Time now) {
  empty_queue(now);
  if (tamper_ && tamper_(frame)) {
    ++counters_.tampered;
    return;
  }
  if (!queue_takes(frame.size())) {
    ++counters_.queue_full;
    return tell(frame, {Fate::Refused, now, now, now});
  }
  if (queue_.size() >= profile_.mark_above && mark_congestion(frame)) ++counters_.marked;
  const Time leaves = leaves_at(frame.size(), now);
  if (loses(frame)) {
    ++counters_.dropped;
    return tell(frame, {Fate::Lost, now, leaves, leaves});
  }
  corrupt(frame);
  const Time at = arrives_at(leaves);
  tell(frame, {Fate::Carried, now, leaves, at});
  if (random_.chance(profile_.duplicate)) {
    enqueue(frame, at + microseconds{static_cast<std::int64_t>(random_.below(1000))});
    ++counters_.duplicated;
  }
  enqueue(std::move(frame), at);
  ++counters_.carried;
}

std::vector<io::Frame> Link::arrived(Time now) {
  std::vector<io::Frame> frames;
  while (!in_flight_.empty() && in_flight_.front().at <= now) {
    frames.push_back(std::move(in_flight_.front().frame));
    in_flight_.pop_front();
  }
  return frames;
}

std::optional<Time> Link::next_arrival() const {
  if (in_flight_.empty()) return std::nullopt;
  return in_flight_.front().at;
}

}  // namespace millrace::sim
