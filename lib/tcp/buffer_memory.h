// What all connections of a shard hold in their queues and were promised, against the budgets of the shard.
//
// Real memory (truesize) of whole packets: `receive_memory` is held in receive queues and out of order,
// `receive_granted` is what tuned receive buffers were allowed beyond their first size, that is windows promised beyond
// the first one, and `send_memory` is held in send queues. First windows are promised without charge: pools are not
// sized for all of them at once, and pressure.h bounds what arrives in them. Each is a gauge in TcpCounters, changed
// here only.
#pragma once

#include <cstdint>

#include "base/counter.h"
#include "pkt/packet_queue.h"
#include "tcp/config.h"

namespace millrace::tcp {

struct Env;

/// What a shard may use of a pool that holds `pool_bytes` and that `workers` share: half of it for receiving, three
/// eighths for sending; an eighth stays for what arrives.
[[nodiscard]] BufferLimits bounded_by_pool(BufferLimits limits, std::uint64_t pool_bytes,
                                           std::uint32_t workers) noexcept;

/// What receive buffers may still grow by, all together.
[[nodiscard]] std::uint64_t receive_growth_left(const Env& env) noexcept;
/// True when send queues may take `bytes` more, all together.
[[nodiscard]] bool fits_send_budget(std::uint64_t bytes, const Env& env) noexcept;

/// Keeps a gauge in step with a queue: made before the queue changes, looks again when it goes. Not to be nested.
class QueueGauge {
 public:
  QueueGauge(const pkt::PacketQueue& queue, base::Counter& gauge) noexcept
      : queue_(queue), gauge_(gauge), before_(queue.truesize()) {}
  QueueGauge(const QueueGauge&) = delete;
  QueueGauge& operator=(const QueueGauge&) = delete;
  ~QueueGauge() { gauge_.set(gauge_.get() - before_ + queue_.truesize()); }

 private:
  const pkt::PacketQueue& queue_;
  base::Counter& gauge_;
  std::uint32_t before_;
};

}  // namespace millrace::tcp
