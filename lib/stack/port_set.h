// The Io of one worker: all ports of the program, whether the worker has a queue pair on them or not.
//
// Receiving, it polls its own queues round robin, keeps the frames of flows it owns and hands the others to their
// owners. Sending, each frame goes to the port that its meta() names: through the worker's own queue, or through the
// ring of the worker that has one there. Worker i has queue i of every port with more than i queues; without one it
// uses the queue of worker i modulo queues.
//
// A port that refuses holds the frames behind it back, but not for ever: after kPatience refusals in a row what it
// refuses is dropped and counted, so that one dead link does not stop the other ports. One thread; no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/counter.h"
#include "io/packet_io.h"
#include "stack/doorbell.h"
#include "stack/handover.h"

namespace millrace::stack {

/// What all workers of a runtime share about handing over.
struct HandoverSite {
  Handover& rings;
  std::span<Doorbell> bells;  ///< one per worker
};

struct PortSetCounters {
  HandoverCounters handover;
  base::Counter tx_abandoned;  ///< frames dropped because their port had refused for too long
};

/// OwnerOf: std::uint16_t operator()(pkt::Packet&) const noexcept, the worker that owns a received frame.
template <io::PacketIo Queue, class OwnerOf>
class PortSet {
 public:
  static constexpr std::size_t kBurst = 64;
  static constexpr std::uint32_t kPatience = 1u << 14;  ///< refusals in a row, one per turn at most

  PortSet(std::uint16_t self, HandoverSite site, OwnerOf owner_of)
      : site_(site), sorter_(site.rings.received, self, count_.handover), owner_of_(std::move(owner_of)), self_(self) {}
  PortSet(const PortSet&) = delete;
  PortSet& operator=(const PortSet&) = delete;
  ~PortSet() {
    for (pkt::Packet* packet : others_frames()) packet->free();
  }

  /// Ports are added before the first burst, in the order of their indices. `queues` is at least 1; `queue` is this
  /// worker's, if it has one.
  void add_port(std::optional<Queue> queue, std::uint16_t queues) {
    ports_.push_back(Port{std::move(queue), static_cast<std::uint16_t>(self_ % queues)});
  }

  /// This turn's time, for queues that want it (captures).
  void set_time(Time now) noexcept {
    if constexpr (requires(Queue & queue) { queue.set_time(now); })
      for_each_queue([now](Queue& queue) { queue.set_time(now); });
  }

  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room) noexcept {
    send_for_others();
    // Half of the room at most for what others hand over, so that neither source starves the other.
    std::size_t filled = alone() ? 0 : take_handed_over(room.first((room.size() + 1) / 2));
    for (std::size_t i = 0; i < ports_.size() && filled < room.size(); ++i) {
      Port& port = ports_[(first_ + i) % ports_.size()];
      if (!port.queue) continue;
      const std::size_t received = port.queue->rx_burst(room.subspan(filled));
      filled += alone() ? received : keep_own(room.subspan(filled, received));
    }
    if (!ports_.empty()) first_ = (first_ + 1) % ports_.size();
    if (sorter_.flush() > 0) ring_others();
    return filled;
  }

  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out) noexcept {
    std::size_t done = 0;
    while (done < out.size()) {
      const std::span<pkt::Packet* const> run = run_of_one_port(out.subspan(done));
      const std::size_t sent = send_run(ports_[run[0]->meta().port], run);
      done += sent;
      if (sent < run.size()) break;
    }
    return done;
  }

  /// Frames of other workers wait to be sent or processed here: do not sleep.
  [[nodiscard]] bool waiting() const noexcept {
    return sends_for_others() || (!alone() && site_.rings.received.waiting(self_));
  }

  /// Frames of other workers wait to leave by a queue of this one.
  [[nodiscard]] bool sends_for_others() const noexcept {
    return others_used_ > 0 || (!alone() && site_.rings.to_send.waiting(self_));
  }

  /// Visits this worker's own queues.
  template <class Visit>
  void for_each_queue(Visit&& visit) {
    for (Port& port : ports_)
      if (port.queue) visit(*port.queue);
  }

  [[nodiscard]] const PortSetCounters& count() const noexcept { return count_; }

 private:
  struct Port {
    std::optional<Queue> queue;  ///< none: through the worker `gateway`
    std::uint16_t gateway;
    std::uint32_t refusals = 0;  ///< in a row
  };

  [[nodiscard]] bool alone() const noexcept { return site_.rings.received.workers() == 1; }
  [[nodiscard]] std::span<pkt::Packet*> others_frames() noexcept { return {others_.data(), others_used_}; }

  std::size_t take_handed_over(std::span<pkt::Packet*> room) noexcept {
    const std::size_t taken = site_.rings.received.pop(self_, room);
    count_.handover.rx_taken.add(taken);
    return taken;
  }

  /// Moves the frames we own to the front, gives the others to the sorter; the number kept.
  std::size_t keep_own(std::span<pkt::Packet*> burst) noexcept {
    std::size_t kept = 0;
    for (pkt::Packet* packet : burst) {
      const std::uint16_t owner = owner_of_(*packet);
      if (owner == self_)
        burst[kept++] = packet;
      else
        sorter_.add(owner, *packet);
    }
    return kept;
  }

  void ring_others() noexcept {
    for (std::size_t worker = 0; worker < site_.bells.size(); ++worker)
      if (worker != self_) site_.bells[worker].ring();
  }

  static std::span<pkt::Packet* const> run_of_one_port(std::span<pkt::Packet* const> out) noexcept {
    const std::uint16_t port = out[0]->meta().port;
    const auto end = std::ranges::find_if(out, [port](const pkt::Packet* p) { return p->meta().port != port; });
    return out.first(static_cast<std::size_t>(end - out.begin()));
  }

  /// How many of the run were taken, dropped ones included.
  std::size_t send_run(Port& port, std::span<pkt::Packet* const> run) noexcept {
    const std::size_t sent = port.queue ? port.queue->tx_burst(run) : give_to_gateway(port, run);
    if (sent > 0) port.refusals = 0;
    if (sent == run.size()) return sent;
    if (sent == 0 && port.refusals < kPatience) ++port.refusals;
    if (port.refusals < kPatience) return sent;
    for (pkt::Packet* packet : run.subspan(sent)) packet->free();
    count_.tx_abandoned.add(run.size() - sent);
    return run.size();
  }

  std::size_t give_to_gateway(Port& port, std::span<pkt::Packet* const> run) noexcept {
    const std::size_t given = site_.rings.to_send.push(self_, port.gateway, run);
    count_.handover.tx_given.add(given);
    if (given > 0) site_.bells[port.gateway].ring();
    return given;
  }

  /// Sends what workers without a queue gave us; takes more only when all of it has left.
  void send_for_others() noexcept {
    if (alone()) return;
    if (others_used_ == 0) {
      others_used_ = site_.rings.to_send.pop(self_, std::span{others_});
      count_.handover.tx_taken.add(others_used_);
    }
    if (others_used_ == 0) return;
    const std::size_t sent = tx_burst(others_frames());
    std::copy(others_.begin() + static_cast<std::ptrdiff_t>(sent),
              others_.begin() + static_cast<std::ptrdiff_t>(others_used_), others_.begin());
    others_used_ -= sent;
  }

  HandoverSite site_;
  PortSetCounters count_;
  OwnerSorter sorter_;
  [[no_unique_address]] OwnerOf owner_of_;
  std::vector<Port> ports_;
  std::array<pkt::Packet*, kBurst> others_{};  ///< frames of other workers on their way out through our queues
  std::size_t others_used_ = 0;
  std::size_t first_ = 0;  ///< the port polled first
  std::uint16_t self_;
};

}  // namespace millrace::stack
