// One sender, one bottleneck: drives a congestion control by facts alone, in exact time. Packets of one size wait in a
// queue of `buffer` bytes, leave at `rate`, and are acknowledged after `rtt`; some are lost at random, seeded. What is
// lost counts as sent again by the next packet. Rate samples are those of draft-ietf-ccwg-bbr 4.1.2.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "cc/facts.h"

namespace millrace::cc {

struct Path {
  Rate rate = 0;
  Duration rtt{};
  std::uint64_t buffer = ~std::uint64_t{0};
  std::uint32_t loss_ppm = 0;
  Duration ack_slot{1};  ///< acknowledgments wait for the next multiple of it
  bool policed = false;  ///< the buffer is a bucket of tokens: what finds some passes at once
  std::uint32_t smss = 1448;
};

template <class Control>
class PathModel {
 public:
  explicit PathModel(Path path, std::uint64_t seed = 1) : path(path), random_(seed) {
    window.cwnd = initial_window(path.smss);
    control.start(window, sender());
  }

  /// What may change at any time.
  Path path;
  Rate app_rate = ~Rate{0};  ///< of the application; 0: it sends nothing
  Control control;
  Window window;

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  [[nodiscard]] Phase phase() const { return recovery_end_ ? Phase::Recovery : Phase::Open; }
  [[nodiscard]] const AckSample& last_ack() const { return ack_; }
  [[nodiscard]] std::uint64_t queued() const {
    return link_free_ > now_ ? static_cast<std::uint64_t>(to_ns(link_free_ - now_)) * path.rate / 1'000'000'000 : 0;
  }
  [[nodiscard]] std::uint64_t bdp() const {
    return path.rate * static_cast<std::uint64_t>(to_us(path.rtt)) / 1'000'000;
  }

  [[nodiscard]] Sender sender() const {
    Sender s;
    s.now = now_;
    s.smss = path.smss;
    s.in_flight = s.flight_size = in_flight_;
    s.delivered = delivered_;
    s.srtt = srtt_;
    return s;
  }

  /// The bottleneck's rate changes, for what waits there too.
  void set_rate(Rate rate) {
    const auto later = [&](Duration wait) {
      return Duration{static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ns(wait)) * path.rate / rate)};
    };
    for (Packet& packet : flying_)
      if (packet.ack_at && *packet.ack_at - path.rtt > now_)
        *packet.ack_at = now_ + later(*packet.ack_at - path.rtt - now_) + path.rtt;
    if (link_free_ > now_) link_free_ = now_ + later(link_free_ - now_);
    path.rate = rate;
  }

  /// Runs until `stop` is true after an event. False: it did not become so within `limit`.
  template <class Stop>
  bool run_until(Stop stop, Duration limit) {
    const Time end = now_ + limit;
    while (!stop())
      if (!step(end)) return false;
    return true;
  }
  void run_for(Duration span) {
    run_until([] { return false; }, span);
  }

 private:
  struct Packet {
    std::uint64_t id = 0;
    Time sent{}, first_sent{}, delivered_time{};
    std::uint64_t delivered = 0, lost = 0;
    std::uint32_t tx_in_flight = 0;
    bool app_limited = false;
    std::optional<Time> ack_at{};  ///< none: the network lost it
  };

  static constexpr Time kNever = Time::max();
  static constexpr std::uint64_t kReordering = 3;
  static constexpr Duration kTimeout = seconds{1};

  [[nodiscard]] bool window_full() const { return in_flight_ + path.smss > window.cwnd; }

  [[nodiscard]] static Duration time_of(std::uint64_t bytes, Rate rate) {
    return Duration{static_cast<std::int64_t>(bytes * 1'000'000'000 / rate)};
  }

  /// The next event, unless it comes after `end`; then it is `end`, and false is returned.
  bool step(Time end) {
    const Time send_at = window_full() || app_rate == 0 ? kNever : std::max({now_, pace_next_, app_next_});
    const Time ack_at = next_ack();
    const Time timeout_at = flying_.empty() ? kNever : progress_ + kTimeout;
    const Time next = std::min({send_at, ack_at, timeout_at});
    if (next > end) {
      now_ = end;
      return false;
    }
    now_ = next;
    if (app_rate == 0 || app_next_ > now_) note_app_limited();
    if (next == ack_at)
      acknowledge();
    else if (next == send_at)
      send();
    else
      expire();
    return true;
  }

  [[nodiscard]] Time next_ack() const {
    for (const Packet& packet : flying_)
      if (packet.ack_at) return *packet.ack_at;
    return kNever;
  }

  void note_app_limited() {
    if (!window_full()) app_limited_ = std::max<std::uint64_t>(delivered_ + in_flight_, 1);
  }

  void send() {
    if (in_flight_ == 0) {
      if (app_limited_ != 0) control.on_restart(window, sender(), now_ - progress_);
      first_sent_ = delivered_time_ = progress_ = now_;
    }
    in_flight_ += path.smss;
    Packet packet{next_id_++, now_,       first_sent_,       delivered_time_, delivered_,
                  lost_,      in_flight_, app_limited_ != 0, enter_network()};
    flying_.push_back(packet);
    limited_ = window_full();
    pace_next_ = std::max(now_, pace_next_) + time_of(path.smss, window.pacing_rate);
    if (app_rate != ~Rate{0}) app_next_ = std::max(now_, app_next_) + time_of(path.smss, app_rate);
  }

  std::optional<Time> enter_network() {
    random_ = random_ * 6364136223846793005 + 1442695040888963407;
    if ((random_ >> 33) % 1'000'000 < path.loss_ppm || queued() + path.smss > path.buffer) return std::nullopt;
    link_free_ = std::max(now_, link_free_) + time_of(path.smss, path.rate);
    const std::int64_t at = to_ns((path.policed ? now_ : link_free_) + path.rtt), slot = to_ns(path.ack_slot);
    return time_from_ns((at + slot - 1) / slot * slot);
  }

  void acknowledge() {
    ack_ = AckSample{};
    ack_.prior_in_flight = in_flight_;
    const std::uint64_t lost_before = lost_;
    std::optional<Packet> newest;
    for (auto it = flying_.begin(); it != flying_.end() && (!it->ack_at || *it->ack_at <= now_);) {
      if (!it->ack_at) {
        ++it;
        continue;
      }
      newest = *it;
      in_flight_ -= path.smss;
      delivered_ += path.smss;
      ack_.newly_delivered += path.smss;
      it = flying_.erase(it);
    }
    delivered_time_ = progress_ = now_;
    sample(*newest);
    srtt_ = srtt_ < Duration{0} ? ack_.rtt : (srtt_ * 7 + ack_.rtt) / 8;
    while (!flying_.empty() && flying_.front().id + kReordering <= newest->id) lose_oldest();
    if (lost_ > lost_before && !recovery_end_) {
      control.on_recovery(window, sender());
      recovery_end_ = next_id_ + 1;
    } else if (recovery_end_ && newest->id >= *recovery_end_) {
      recovery_end_.reset();
      control.on_recovered(window, sender());
    }
    static_cast<Sender&>(ack_) = sender();
    ack_.acked = ack_.newly_delivered;
    ack_.newly_lost = static_cast<std::uint32_t>(lost_ - lost_before);
    ack_.phase = phase();
    ack_.cwnd_limited = limited_;
    ack_.rate.lost = static_cast<std::uint32_t>(lost_ - newest->lost);
    control.on_ack(window, ack_);
  }

  void sample(const Packet& newest) {
    if (app_limited_ != 0 && delivered_ > app_limited_) app_limited_ = 0;
    RateSample& rate = ack_.rate;
    ack_.rtt = now_ - newest.sent;
    min_rtt_ = std::min(min_rtt_, ack_.rtt);
    rate.interval = std::max(newest.sent - newest.first_sent, now_ - newest.delivered_time);
    rate.delivered = static_cast<std::uint32_t>(delivered_ - newest.delivered);
    rate.prior_delivered = newest.delivered;
    rate.tx_in_flight = newest.tx_in_flight;
    rate.app_limited = newest.app_limited;
    first_sent_ = newest.sent;
    if (rate.interval >= min_rtt_)
      rate.rate = rate.delivered * std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(to_ns(rate.interval));
  }

  void lose_oldest() {
    const Packet packet = flying_.front();
    flying_.pop_front();
    in_flight_ -= path.smss;
    lost_ += path.smss;
    LostSegment segment;
    segment.length = path.smss;
    segment.tx_in_flight = packet.tx_in_flight;
    segment.lost = static_cast<std::uint32_t>(lost_ - packet.lost);
    segment.app_limited = packet.app_limited;
    segment.sequence = static_cast<std::uint32_t>(packet.id * path.smss);
    control.on_lost(window, sender(), segment);
  }

  void expire() {
    while (!flying_.empty()) lose_oldest();
    control.on_timeout(window, sender(), true);
    recovery_end_ = next_id_ + 1;
    progress_ = now_;
  }

  std::uint64_t random_;
  Time now_{}, link_free_{}, pace_next_{}, app_next_{}, first_sent_{}, delivered_time_{}, progress_{};
  Duration srtt_{-1}, min_rtt_ = Duration::max();
  std::uint64_t delivered_ = 0, lost_ = 0, app_limited_ = 0, next_id_ = 0;
  std::uint32_t in_flight_ = 0;
  std::optional<std::uint64_t> recovery_end_;
  bool limited_ = false;
  AckSample ack_;
  std::deque<Packet> flying_;
};

}  // namespace millrace::cc
