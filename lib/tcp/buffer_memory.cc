// The budgets are compared with gauges that others keep. Data that has arrived in a grown window counts twice, as held
// and as granted, because half-filled packets may hold twice what the buffer's bound says.
#include "tcp/buffer_memory.h"

#include <algorithm>

#include "tcp/env.h"

namespace millrace::tcp {

BufferLimits bounded_by_pool(BufferLimits limits, std::uint64_t pool_bytes, std::uint32_t workers) noexcept {
  const std::uint64_t share = pool_bytes / std::max<std::uint32_t>(workers, 1);
  limits.receive_budget = std::min(limits.receive_budget, share / 2);
  limits.send_budget = std::min(limits.send_budget, share / 8 * 3);
  return limits;
}

std::uint64_t receive_growth_left(const Env& env) noexcept {
  const std::uint64_t used = env.count.receive_memory.get() + env.count.receive_granted.get();
  const std::uint64_t budget = env.config.buffers.receive_budget;
  return used < budget ? budget - used : 0;
}

bool fits_send_budget(std::uint64_t bytes, const Env& env) noexcept {
  return env.count.send_memory.get() + bytes <= env.config.buffers.send_budget;
}

}  // namespace millrace::tcp
