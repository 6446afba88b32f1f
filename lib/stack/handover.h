// Frames on their way from one worker to another: an SPSC ring between every two workers, filled in bursts.
//
// Two uses (every flow has one owner: lib/README.md). Received: a frame that arrived on one worker's queue but belongs
// to a flow of another. To send: a frame of a worker that has no queue on the port it must leave by. A full ring drops
// the frame: TCP repairs that, a wait would stop the giver. Every outcome is counted by the worker that causes it.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/counter.h"
#include "pkt/packet.h"

namespace millrace::stack {

/// One ring for every ordered pair of workers. push() and pop() of one ring may run at the same time on two threads.
class RingMatrix {
 public:
  /// `capacity` packets per ring, fixed. Throws std::bad_alloc.
  RingMatrix(std::uint16_t workers, std::size_t capacity);
  RingMatrix(const RingMatrix&) = delete;
  RingMatrix& operator=(const RingMatrix&) = delete;
  /// Frees what is still under way; no worker runs any more.
  ~RingMatrix();

  /// Called by worker `from`: hands a prefix of `burst` to worker `to`, returns its length.
  std::size_t push(std::uint16_t from, std::uint16_t to, std::span<pkt::Packet* const> burst) noexcept;
  /// Called by worker `to`: fills `room` from all givers, starting with another one each time. Returns the number.
  std::size_t pop(std::uint16_t to, std::span<pkt::Packet*> room) noexcept;
  /// True when somebody has given something to worker `to`.
  [[nodiscard]] bool waiting(std::uint16_t to) const noexcept;

  [[nodiscard]] std::uint16_t workers() const noexcept { return workers_; }

 private:
  using Ring = boost::lockfree::spsc_queue<pkt::Packet*>;
  [[nodiscard]] Ring& ring(std::uint16_t from, std::uint16_t to) const noexcept {
    return *rings_[std::size_t{to} * workers_ + from];
  }

  std::uint16_t workers_;
  std::vector<std::unique_ptr<Ring>> rings_;  ///< null on the diagonal: nobody gives to itself
  struct alignas(64) Turn {
    std::uint16_t first = 0;
  };
  std::vector<Turn> first_giver_;  ///< per taker
};

/// What one worker did with the rings; written by that worker.
struct HandoverCounters {
  base::Counter rx_given;    ///< received frames handed to their owner
  base::Counter rx_taken;    ///< received frames taken from other workers
  base::Counter rx_dropped;  ///< received frames whose owner's ring was full
  base::Counter tx_given;    ///< frames handed to the worker that has a queue on their port
  base::Counter tx_taken;    ///< frames taken from workers without a queue
};

/// The rings of one runtime.
struct Handover {
  Handover(std::uint16_t workers, std::size_t capacity) : received(workers, capacity), to_send(workers, capacity) {}
  RingMatrix received;
  RingMatrix to_send;
};

/// Sorts the foreign frames of a received burst by owner, so that each ring is touched once per burst.
///
/// Belongs to one worker. Holds at most kStage frames per owner between add() and flush().
class OwnerSorter {
 public:
  static constexpr std::size_t kStage = 64;

  OwnerSorter(RingMatrix& rings, std::uint16_t self, HandoverCounters& count);
  OwnerSorter(const OwnerSorter&) = delete;
  OwnerSorter& operator=(const OwnerSorter&) = delete;
  ~OwnerSorter();

  /// Takes the packet for `owner`, another worker.
  void add(std::uint16_t owner, pkt::Packet& packet) noexcept;
  /// Hands over all that was added, returns how many; what does not fit is dropped.
  std::size_t flush() noexcept;

 private:
  struct Stage {
    pkt::Packet* packets[kStage];
    std::size_t used = 0;
  };
  std::size_t flush(std::uint16_t owner) noexcept;

  RingMatrix& rings_;
  HandoverCounters& count_;
  std::vector<Stage> stages_;  ///< per owner
  std::uint16_t self_;
  bool any_ = false;
};

}  // namespace millrace::stack
