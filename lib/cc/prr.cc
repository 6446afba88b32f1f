// RFC 9937's steps for an ACK. Totals are of 64 bits, so that a recovery of any length has exact ones.
#include "cc/prr.h"

#include <algorithm>
#include <limits>

namespace millrace::cc {
namespace {

/// What may have been sent when `delivered` bytes are delivered. The RFC rounds up to what can be sent, and that is a
/// whole segment; but more than ssthresh in all does not come of it.
std::uint64_t proportional(std::uint64_t delivered, std::uint32_t ssthresh, std::uint32_t flight,
                           std::uint32_t smss) noexcept {
  const std::uint64_t exact = (delivered * ssthresh + flight - 1) / flight;
  const std::uint64_t whole = (exact + smss - 1) / smss * smss;
  return std::min(whole, std::max<std::uint64_t>(exact, ssthresh));
}

}  // namespace

void Prr::start(std::uint32_t recover_flight) noexcept {
  *this = Prr{};
  recover_flight_ = std::max(recover_flight, 1u);
}

std::uint32_t Prr::cwnd_on_ack(std::uint32_t newly_delivered, std::uint32_t in_flight, std::uint32_t ssthresh,
                               std::uint32_t smss, bool safe_ack) noexcept {
  delivered_ += newly_delivered;
  std::uint64_t limit;
  if (in_flight > ssthresh) {
    const std::uint64_t target = proportional(delivered_, ssthresh, recover_flight_, smss);
    limit = target > out_ ? target - out_ : 0;
  } else {
    limit = std::max<std::uint64_t>(delivered_ > out_ ? delivered_ - out_ : 0, newly_delivered);
    if (safe_ack) limit += smss;
    limit = std::min<std::uint64_t>(limit, ssthresh - in_flight);
  }
  if (out_ == 0) limit = std::max<std::uint64_t>(limit, smss);  // the fast retransmit leaves in any case
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(in_flight + limit, std::numeric_limits<std::uint32_t>::max()));
}

void Prr::on_sent(std::uint32_t bytes) noexcept { out_ += bytes; }

}  // namespace millrace::cc
