// Counts round trips by what is delivered (draft-ietf-ccwg-bbr, "packet-timed round trips"): a round is over when a
// segment that was sent after its beginning is delivered. Sequence numbers and clocks play no part, so losses,
// stretched ACKs and idle times do not blur it.
#pragma once

#include "cc/facts.h"

namespace millrace::cc {

class RoundTrip {
 public:
  /// A round begins now.
  void start(const Sender& sender) noexcept { next_delivered_ = sender.delivered; }

  /// True: this ACK ends the round, and the next one begins with it. An ACK that delivers nothing ends none.
  [[nodiscard]] bool ends(const AckSample& sample) noexcept {
    if (sample.newly_delivered == 0 || sample.rate.prior_delivered < next_delivered_) return false;
    start(sample);
    return true;
  }

  /// Bytes delivered since the round began.
  [[nodiscard]] std::uint32_t volume(const Sender& sender) const noexcept {
    return static_cast<std::uint32_t>(sender.delivered - next_delivered_);
  }

 private:
  std::uint64_t next_delivered_ = 0;  ///< Sender::delivered at the beginning of the round
};

}  // namespace millrace::cc
