// Reno's window: slow start, congestion avoidance by byte counting (RFC 5681, RFC 3465 with L = 2), initial window of
// RFC 6928.
#pragma once

#include <cstdint>

#include "cc/congestion_control.h"

namespace millrace::cc::reno {

/// min(10 * SMSS, max(2 * SMSS, 14600)), RFC 6928 2.
[[nodiscard]] std::uint32_t initial_window(std::uint32_t smss) noexcept;

/// Starts a connection.
void start(Window& window, std::uint32_t smss) noexcept;

/// New data was acknowledged outside recovery. An application-limited sender does not grow its window (RFC 7661 in
/// spirit).
void on_ack(Window& window, const AckSample& sample, std::uint32_t smss) noexcept;

/// Loss was detected: ssthresh = max(FlightSize / 2, 2 * SMSS) (RFC 5681 (4)); recovery sets cwnd.
void on_loss(Window& window, std::uint32_t flight_size, std::uint32_t smss) noexcept;

/// The retransmission timer expired: cwnd falls to one segment; ssthresh falls only at the first expiry for this data.
void on_rto(Window& window, std::uint32_t flight_size, std::uint32_t smss, bool first_expiry) noexcept;

/// The connection was idle for more than an RTO: restart from the initial window (RFC 5681 4.1).
void on_idle(Window& window, std::uint32_t smss) noexcept;

}  // namespace millrace::cc::reno
