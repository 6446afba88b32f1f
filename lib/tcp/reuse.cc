// Lists by destination, and the one second of RFC 6191. An entry's age is read from its end, which was set 2 MSL ahead
// when it was made or when the peer's FIN came again.
#include "tcp/reuse.h"

#include "tcp/env.h"
#include "tcp/time_wait.h"
#include "tcp/timers.h"
#include "tcp/user_calls.h"

namespace millrace::tcp {

void ReuseOrder::push_newest(flow::PortDestination& destination, std::uint32_t entry) noexcept {
  links(entry) = {destination.newest, base::kNoIndex};
  if (destination.newest == base::kNoIndex) {
    destination.oldest = entry;
  } else {
    links(destination.newest).newer = entry;
  }
  destination.newest = entry;
}

void ReuseOrder::remove(flow::PortDestination& destination, std::uint32_t entry) noexcept {
  const Links gone = links(entry);
  (gone.older == base::kNoIndex ? destination.oldest : links(gone.older).newer) = gone.newer;
  (gone.newer == base::kNoIndex ? destination.newest : links(gone.newer).older) = gone.older;
}

void offer_for_reuse(std::uint32_t index, Env& env) noexcept {
  TimeWait& entry = env.table.time_waits[index];
  if (!entry.timestamps || !env.table.ports.range().contains(entry.key.local_port)) return;
  flow::PortDestination* destination = env.table.ports.find(entry.key);
  if (destination == nullptr) return;
  env.table.reuse.push_newest(*destination, index);
  entry.reusable = true;
}

void restart_reuse(std::uint32_t index, Env& env) noexcept {
  const TimeWait& entry = env.table.time_waits[index];
  if (!entry.reusable) return;
  flow::PortDestination& destination = *env.table.ports.find(entry.key);
  env.table.reuse.remove(destination, index);
  env.table.reuse.push_newest(destination, index);
}

void withdraw_from_reuse(std::uint32_t index, Env& env) noexcept {
  TimeWait& entry = env.table.time_waits[index];
  if (!entry.reusable) return;
  env.table.reuse.remove(*env.table.ports.find(entry.key), index);
  entry.reusable = false;
}

bool may_reuse(std::uint32_t index, const Env& env) noexcept {
  const TimeWait& entry = env.table.time_waits[index];
  if (!entry.reusable) return false;
  return env.now - (to_time(entry.ends_at, env.now) - 2 * env.config.msl) > kReuseAge;
}

std::uint32_t oldest_reusable(const flow::FlowKey& key, Env& env) noexcept {
  const flow::PortDestination* destination = env.table.ports.find(key);
  if (destination == nullptr || destination->oldest == base::kNoIndex) return base::kNoIndex;
  return may_reuse(destination->oldest, env) ? destination->oldest : base::kNoIndex;
}

Tcb* open_again(std::uint32_t index, const wire::IpAddress& local, const OpenOptions& options, Env& env) noexcept {
  if (env.table.tcbs.used() == env.table.tcbs.capacity()) return nullptr;
  const TimeWait last = env.table.time_waits[index];
  end_time_wait(index, env);
  (void)env.table.ports.take(last.key, local);  // has room: the port has just been given back
  Tcb* tcb = open_active(last.key, options, env, last.snd_nxt);
  if (tcb == nullptr) env.table.ports.give_back(last.key);
  if (tcb != nullptr) ++env.count.time_waits_reused;
  return tcb;
}

}  // namespace millrace::tcp
