// The sampling rules of draft-ietf-ccwg-bbr 4.1.2, in whole bytes and nanoseconds. A rate is taken over the longer of
// the send and the ACK interval, so neither compressed ACKs nor bursts of our own inflate it.
#include "tcp/delivery.h"

#include <algorithm>

namespace millrace::tcp {
namespace {

std::uint32_t elapsed(Time from, Time to) noexcept {
  const std::int64_t units = (to - from) / SentSegment::kElapsedUnit;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(units, 0, 0xffff'ffff));
}

Duration span_of(std::uint32_t units) noexcept { return units * SentSegment::kElapsedUnit; }

cc::Rate rate_of(std::uint64_t bytes, Duration interval) noexcept {
  const auto ns = static_cast<std::uint64_t>(to_ns(interval));
  return ns == 0 ? 0 : bytes * 1'000'000'000 / ns;
}

}  // namespace

void delivery_on_sent(Delivery& delivery, SentSegment& segment, std::uint32_t in_flight, Time now) noexcept {
  if (in_flight == 0) delivery.first_sent_at = delivery.delivered_at = now;
  segment.delivered = static_cast<std::uint32_t>(delivery.delivered);
  segment.lost = delivery.lost;
  segment.tx_in_flight = in_flight + segment.seg_len();
  segment.since_first = elapsed(delivery.first_sent_at, now);
  segment.since_delivered = elapsed(delivery.delivered_at, now);
  segment.flags &= static_cast<std::uint8_t>(~SentSegment::kAppLimited);
  if (delivery.app_limited != 0) segment.flags |= SentSegment::kAppLimited;
}

void delivery_on_delivered(Delivery& delivery, const SentSegment& segment, std::uint32_t bytes,
                           RateCandidate& candidate, Time now) noexcept {
  delivery.delivered += bytes;
  delivery.delivered_at = now;
  const bool newest = !candidate.any || segment.sent_at > candidate.sent_at ||
                      (segment.sent_at == candidate.sent_at && segment.end() > candidate.end);
  if (!newest) return;
  candidate.any = true;
  candidate.sent_at = segment.sent_at;
  candidate.end = segment.end();
  candidate.prior_delivered = delivery.delivered - (static_cast<std::uint32_t>(delivery.delivered) - segment.delivered);
  candidate.prior_at = segment.sent_at - span_of(segment.since_delivered);
  candidate.send_elapsed = span_of(segment.since_first);
  candidate.tx_in_flight = segment.tx_in_flight;
  candidate.prior_lost = segment.lost;
  candidate.app_limited = (segment.flags & SentSegment::kAppLimited) != 0;
  delivery.first_sent_at = segment.sent_at;
}

cc::RateSample delivery_sample(Delivery& delivery, const RateCandidate& candidate, Duration min_rtt) noexcept {
  if (delivery.app_limited != 0 && delivery.delivered > delivery.app_limited) delivery.app_limited = 0;
  cc::RateSample sample;
  if (!candidate.any) return sample;
  sample.prior_delivered = candidate.prior_delivered;
  sample.tx_in_flight = candidate.tx_in_flight;
  sample.lost = delivery.lost - candidate.prior_lost;
  sample.app_limited = candidate.app_limited;
  sample.interval = std::max(candidate.send_elapsed, delivery.delivered_at - candidate.prior_at);
  sample.delivered = static_cast<std::uint32_t>(delivery.delivered - candidate.prior_delivered);
  // Shorter than any round trip: segments of one burst that were acknowledged out of order.
  if (sample.interval < min_rtt) return sample;
  sample.rate = rate_of(sample.delivered, sample.interval);
  if (!sample.app_limited || sample.rate > delivery.rate) delivery.rate = sample.rate;
  return sample;
}

void delivery_app_limited(Delivery& delivery, std::uint32_t in_flight) noexcept {
  delivery.app_limited = std::max<std::uint64_t>(delivery.delivered + in_flight, 1);
}

}  // namespace millrace::tcp
