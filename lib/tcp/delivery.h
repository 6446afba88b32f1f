// How fast the network delivers: the delivery rate samples of draft-ietf-ccwg-bbr 4.1 (as
// draft-cheng-iccrg-delivery-rate-estimation has them). Each transmission notes what had been delivered by then; the
// newest segment that an ACK delivers tells over which time how much was.
#pragma once

#include <cstdint>

#include "cc/facts.h"
#include "tcp/sent_segment.h"

namespace millrace::tcp {

/// One connection's state: C.* of the draft.
struct Delivery {
  std::uint64_t delivered = 0;    ///< C.delivered, bytes
  std::uint64_t app_limited = 0;  ///< C.app_limited: until this much is delivered; 0: not
  Time delivered_at{};            ///< C.delivered_time
  Time first_sent_at{};           ///< C.first_send_time
  std::uint32_t lost = 0;         ///< C.lost, bytes, modulo 2^32
  std::uint32_t lost_segments = 0;
  cc::Rate rate = 0;  ///< the last sample that was not limited by the application, for listings
};

/// RS of the draft while one ACK is processed.
struct RateCandidate {
  bool any = false;
  Time sent_at{};
  SeqNum end;
  std::uint64_t prior_delivered = 0;
  Time prior_at{};
  Duration send_elapsed{0};
  std::uint32_t tx_in_flight = 0;
  std::uint32_t prior_lost = 0;
  bool app_limited = false;
};

/// 4.1.2.2: the segment is sent (again) at `now`; `in_flight` does not count it yet.
void delivery_on_sent(Delivery& delivery, SentSegment& segment, std::uint32_t in_flight, Time now) noexcept;
/// 4.1.2.3: the segment is acknowledged or SACKed, `bytes` of it for the first time.
void delivery_on_delivered(Delivery& delivery, const SentSegment& segment, std::uint32_t bytes,
                           RateCandidate& candidate, Time now) noexcept;
/// The ACK is processed.
[[nodiscard]] cc::RateSample delivery_sample(Delivery& delivery, const RateCandidate& candidate,
                                             Duration min_rtt) noexcept;
/// 4.1.2.4: the application has nothing more to send, though window and queue would take it.
void delivery_app_limited(Delivery& delivery, std::uint32_t in_flight) noexcept;

}  // namespace millrace::tcp
