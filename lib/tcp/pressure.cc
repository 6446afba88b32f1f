// The worse of two views. Of the pool that all workers share: below a quarter free Windows, below an eighth Syns, below
// a sixteenth Dry. Of what this shard holds for receiving: at its budget Windows, a quarter above it Syns, a half above
// it Dry, so that no shard takes what is others'. The pool is asked when a 32nd of it, divided between the workers, may
// have gone: so half of the last sixteenth is never taken.
#include "tcp/pressure.h"

#include <algorithm>

#include "tcp/env.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kMeasuredShare = 32;

Pressure level_of_pool(const Env& env) noexcept {
  const std::uint32_t all = env.data.size();
  if (env.data.has_available(all / 4)) return Pressure::None;
  const std::uint32_t free = env.data.available();
  if (free < all / 16) return Pressure::Dry;
  return free < all / 8 ? Pressure::Syns : Pressure::Windows;
}

Pressure level_of_budget(const Env& env) noexcept {
  const std::uint64_t held = env.count.receive_memory.get(), budget = env.config.buffers.receive_budget;
  if (held < budget) return Pressure::None;
  const std::uint64_t above = held - budget;
  if (above >= budget / 2) return Pressure::Dry;
  return above >= budget / 4 ? Pressure::Syns : Pressure::Windows;
}

}  // namespace

void measure_pressure(Env& env) noexcept {
  env.packets_taken = 0;
  env.pressure = std::max(level_of_pool(env), level_of_budget(env));
}

void note_packets_taken(std::uint32_t packets, Env& env) noexcept {
  env.packets_taken += packets;
  const std::uint32_t most = env.data.size() / kMeasuredShare / std::max<std::uint32_t>(env.config.pool_sharers, 1);
  if (env.packets_taken >= most) measure_pressure(env);
}

}  // namespace millrace::tcp
