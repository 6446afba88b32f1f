// Facts for the tests of congestion control, with a segment of 1000 bytes.
#pragma once

#include <deque>

#include "cc/facts.h"

namespace millrace::cc {

constexpr std::uint32_t kSmss = 1000;

inline AckSample acked(std::uint32_t bytes, bool limited = true) {
  AckSample sample;
  sample.smss = kSmss;
  sample.acked = sample.newly_delivered = bytes;
  sample.cwnd_limited = limited;
  return sample;
}

inline Sender flying(std::uint32_t bytes) {
  Sender sender;
  sender.smss = kSmss;
  sender.in_flight = sender.flight_size = bytes;
  return sender;
}

inline Window window_of(std::uint32_t cwnd, std::uint32_t ssthresh) { return {cwnd, ssthresh, 0}; }

/// A sender that the window always limits, on a path of a constant round trip: each segment is acknowledged by itself.
template <class A>
class Flow {
 public:
  Flow(Window first, Duration rtt, std::uint32_t smss = kSmss) : window(first) {
    facts_.smss = smss;
    facts_.srtt = facts_.min_rtt = facts_.rtt = rtt;
    facts_.cwnd_limited = true;
    algorithm.start(window, facts_);
  }

  /// The ACK of `bytes`, one window after they were sent.
  void ack(std::uint32_t bytes) {
    facts_.prior_in_flight = window.cwnd;
    facts_.in_flight = facts_.flight_size = window.cwnd - std::min(bytes, window.cwnd);
    facts_.acked = facts_.newly_delivered = bytes;
    facts_.delivered += bytes;
    while (!sent_.empty() && sent_.front().end < facts_.delivered) sent_.pop_front();
    if (!sent_.empty()) facts_.rate.prior_delivered = sent_.front().delivered;
    algorithm.on_ack(window, facts_);
    sent_.push_back({facts_.delivered + window.cwnd, facts_.delivered});
  }
  void ack() { ack(facts_.smss); }

  /// One segment's ACK after its share of a round trip.
  void step() {
    pass(Duration{to_ns(facts_.rtt) * facts_.smss / window.cwnd});
    ack();
  }
  void pass(Duration time) { facts_.now += time; }

  /// A loss is detected and repaired, at once.
  void lose() {
    facts_.in_flight = facts_.flight_size = window.cwnd;
    algorithm.on_recovery(window, facts_);
    window.cwnd = window.ssthresh;
    algorithm.on_recovered(window, facts_);
  }

  AckSample& facts() { return facts_; }
  double seconds_passed() const { return static_cast<double>(to_ns(facts_.now)) * 1e-9; }
  double segments() const { return static_cast<double>(window.cwnd) / facts_.smss; }

  Window window;
  A algorithm;

 private:
  /// What left with one ACK: its last byte, and what was delivered then.
  struct Sent {
    std::uint64_t end, delivered;
  };

  AckSample facts_;
  std::deque<Sent> sent_;
};

}  // namespace millrace::cc
