// One worker of a runtime: its queues, its loop and its thread, and how it rests when there is nothing to do.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/tsc_clock.h"
#include "flow/rss.h"
#include "io/capture_tap.h"
#include "io/dpdk_queue.h"
#include "io/pcap_writer.h"
#include "ip/steer.h"
#include "stack/app_hook.h"
#include "stack/idle.h"
#include "stack/neighbor_exchange.h"
#include "stack/port_set.h"
#include "stack/shard.h"
#include "stack/worker.h"

namespace millrace::stack {

/// A queue pair and, if its port is captured from the start, the file that records it. Moves, because the parts stay
/// where they are.
class CapturedQueue {
 public:
  CapturedQueue(io::DpdkQueue queue, std::unique_ptr<io::PcapWriter> writer, io::CaptureTap& tap)
      : queue_(std::make_unique<io::DpdkQueue>(std::move(queue))),
        writer_(std::move(writer)),
        link_(*queue_, writer_.get()),
        tap_(&tap) {}

  void set_time(Time now) {
    link_.set_time(now);
    tap_->set_time(now);
  }
  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room) {
    const std::size_t received = link_.rx_burst(room);
    if (tap_->active()) [[unlikely]]
      tap_->received(queue_->index(), room.first(received));
    return received;
  }
  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out) {
    if (!tap_->active()) [[likely]]
      return link_.tx_burst(out);
    tap_->sending(queue_->index(), out);
    const std::size_t taken = link_.tx_burst(out);
    tap_->sent(taken);
    return taken;
  }
  [[nodiscard]] io::DpdkQueue& queue() noexcept { return *queue_; }

 private:
  std::unique_ptr<io::DpdkQueue> queue_;
  std::unique_ptr<io::PcapWriter> writer_;
  io::PcapIo<io::DpdkQueue> link_;
  io::CaptureTap* tap_;  ///< the worker's, for a capture while it runs
};

/// Whose frame it is, by the owner hash.
struct FrameOwner {
  const flow::OwnerMap* owners;
  std::uint16_t self;
  std::uint16_t operator()(const pkt::Packet& packet) const noexcept {
    return ip::owner_of_frame(packet.bytes(), *owners, self);
  }
};

class RuntimeWorker {
 public:
  using Ports = PortSet<CapturedQueue, FrameOwner>;

  struct Parts {
    std::unique_ptr<NeighborLink> neighbors;
    std::unique_ptr<Shard> shard;
    std::unique_ptr<io::CaptureTap> tap;
    std::unique_ptr<Ports> ports;
    AppHook app;
    Doorbell* bell = nullptr;  ///< this worker's
    base::TscClock clock;
    IdlePolicy idle = IdlePolicy::Adaptive;
  };
  static constexpr std::uint32_t kInbox = 1024;  ///< tasks that may wait

  explicit RuntimeWorker(Parts parts);
  RuntimeWorker(const RuntimeWorker&) = delete;
  RuntimeWorker& operator=(const RuntimeWorker&) = delete;
  ~RuntimeWorker() { join(); }

  /// Starts the thread on the given CPUs; it runs until `stop` is set.
  void start(std::vector<unsigned> cpus, const std::atomic<bool>& stop);
  void join();
  // Instead of a thread of its own, for who turns it: begin() once, turn() as long as it is to work, send_last() when
  // no worker is turned any more.
  void begin() noexcept { parts_.shard->announce(parts_.clock.now()); }
  /// One turn; true if it did anything.
  bool turn() noexcept;
  /// Frames of others wait to be sent by this worker's queues.
  [[nodiscard]] bool sends_for_others() noexcept { return parts_.ports->sends_for_others(); }
  [[nodiscard]] bool has_work() const noexcept { return worker_.has_work() || parts_.ports->waiting(); }
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept { return worker_.next_deadline(); }

  [[nodiscard]] Inbox& inbox() noexcept { return inbox_; }
  /// Touched on the worker's thread only.
  [[nodiscard]] io::CaptureTap& tap() noexcept { return *parts_.tap; }
  [[nodiscard]] Shard& shard() noexcept { return *parts_.shard; }
  [[nodiscard]] const Shard& shard() const noexcept { return *parts_.shard; }
  [[nodiscard]] const WorkerCounters& count() const noexcept { return worker_.count(); }
  [[nodiscard]] const PortSetCounters& port_count() const noexcept { return parts_.ports->count(); }

 private:
  void run(const std::atomic<bool>& stop) noexcept;
  void send_last() noexcept;
  void rest(const IdleStep& step) noexcept;
  void sleep(Duration at_most) noexcept;
  [[nodiscard]] bool arm_interrupts() noexcept;
  void disarm_interrupts() noexcept;

  Parts parts_;
  Inbox inbox_;
  Worker<Ports, const base::TscClock, const AppHook> worker_;
  AdaptiveIdle idle_;
  bool alarmed_ = true;             ///< every queue can end a sleep, as far as is known
  std::vector<int> interrupt_fds_;  ///< of the armed queues
  std::thread thread_;
};

}  // namespace millrace::stack
