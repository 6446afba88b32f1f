// Facts for the tests of congestion control, with a segment of 1000 bytes.
#pragma once

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

}  // namespace millrace::cc
