// Real memory for twice the congestion window. A buffer that was never full has no need to grow, and none grows when
// packets are short or a quarter of the budget is all that is left.
#include "tcp/send_tuning.h"

#include <algorithm>

#include "tcp/buffer_memory.h"
#include "tcp/env.h"
#include "tcp/send_queue.h"

namespace millrace::tcp {
namespace {

bool is_fixed(const Tcb& tcb) noexcept { return (tcb.fixed_buffers & kFixedSend) != 0; }

}  // namespace

void set_send_buffer(Tcb& tcb, std::uint32_t bytes, Env& env) noexcept {
  if (bytes != 0) {
    tcb.fixed_buffers |= kFixedSend;
    tcb.snd_buffer = bytes;
  } else if (is_fixed(tcb) || tcb.snd_buffer == 0) {
    tcb.fixed_buffers &= static_cast<std::uint8_t>(~kFixedSend);
    tcb.snd_buffer = env.config.buffers.send_initial;
  }
}

void tune_send_buffer(Tcb& tcb, std::uint32_t cwnd, Env& env) noexcept {
  // kWantRoom: the application had more than fits.
  if (is_fixed(tcb) || !tcb.has(kWantRoom) || env.pressure != Pressure::None) return;
  if (!fits_send_budget(env.config.buffers.send_budget / 4, env)) return;
  const std::uint64_t segments = cwnd / std::max(payload_limit(tcb), 1u) + 1;
  const std::uint64_t wanted = 2 * segments * env.data.packet_truesize();
  const std::uint64_t most = env.config.buffers.send_max;
  tcb.snd_buffer = static_cast<std::uint32_t>(std::max<std::uint64_t>(tcb.snd_buffer, std::min(wanted, most)));
}

}  // namespace millrace::tcp
