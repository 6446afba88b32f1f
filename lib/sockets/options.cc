// From what sockets say (seconds, ints, Linux' buffers) to what the stack knows.
#include "sockets/options.h"

#include <algorithm>

namespace millrace::sockets {

void tell_stack(const Options& options, api::ConnectionOptions& out) noexcept {
  out.no_delay = options.no_delay;
  out.receive_buffer = static_cast<std::uint32_t>(options.receive_buffer);
  if (options.window_clamp > 0) {
    // The window that is promised is what the buffer holds if every segment fills its packet: three quarters or less.
    const auto clamp = static_cast<std::uint32_t>(options.window_clamp);
    const std::uint32_t most = clamp + clamp / 2;
    out.receive_buffer = out.receive_buffer == 0 ? most : std::min(out.receive_buffer, most);
  }
  out.send_buffer = static_cast<std::uint32_t>(options.send_buffer);
  out.user_timeout = milliseconds{options.user_timeout_ms};
  out.keepalive = {.on = options.keepalive,
                   .idle = seconds{options.keepalive_idle_s},
                   .interval = seconds{options.keepalive_interval_s},
                   .count = static_cast<std::uint8_t>(options.keepalive_count)};
  out.fin_wait_2_timeout = options.fin_wait_2_s < 0 ? Duration{milliseconds{1}} : seconds{options.fin_wait_2_s};
  out.dscp = static_cast<std::uint8_t>(options.type_of_service >> 2);
  out.hop_limit = static_cast<std::uint8_t>(options.hop_limit);
  out.congestion_control = options.congestion_control;
  out.mss_clamp = static_cast<std::uint16_t>(options.max_segment);
}

}  // namespace millrace::sockets
