// The arithmetic of Reno's window: RFC 5681 3.1 with byte counting (RFC 3465, L = 2), RFC 6928's initial window, RFC
// 5681 4.1 after idleness. Growth needs proof that the window was the limit. When loss is detected, and what is sent
// again, is lib/tcp's business.
#include "cc/reno.h"

#include <algorithm>

namespace millrace::cc::reno {

std::uint32_t initial_window(std::uint32_t smss) noexcept {
  return std::min(10 * smss, std::max<std::uint32_t>(2 * smss, 14600));
}

void start(Window& window, std::uint32_t smss) noexcept {
  window = Window{};
  window.cwnd = initial_window(smss);
}

void on_ack(Window& window, const AckSample& sample, std::uint32_t smss) noexcept {
  if (!sample.cwnd_limited) return;
  if (window.cwnd < window.ssthresh) {
    // Slow start: one ACK of a whole burst may stand for many segments, yet grows the window by two at most (RFC
    // 3465 2.3).
    window.cwnd += std::min(sample.acked, 2 * smss);
    return;
  }
  window.acked += sample.acked;
  if (window.acked < window.cwnd) return;
  window.acked -= window.cwnd;
  window.cwnd += smss;
}

void on_loss(Window& window, std::uint32_t flight_size, std::uint32_t smss) noexcept {
  window.ssthresh = std::max(flight_size / 2, 2 * smss);
  window.acked = 0;
}

void on_rto(Window& window, std::uint32_t flight_size, std::uint32_t smss, bool first_expiry) noexcept {
  if (first_expiry) on_loss(window, flight_size, smss);
  window.cwnd = smss;
  window.acked = 0;
}

void on_idle(Window& window, std::uint32_t smss) noexcept {
  window.cwnd = std::min(window.cwnd, initial_window(smss));
  window.acked = 0;
}

}  // namespace millrace::cc::reno
