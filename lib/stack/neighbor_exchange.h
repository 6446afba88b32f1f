// What the workers tell each other about neighbors: requests to the authority on worker 0, its news to everybody.
//
// One ring each way for every other worker. A full ring loses what does not fit, which only costs time: whoever still
// needs a neighbor asks again (ip/neighbors.h). Worker 0 has no ring to itself: its shard holds the resolver.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ip/neighbors.h"
#include "stack/doorbell.h"
#include "stack/shard.h"

namespace millrace::stack {

class NeighborExchange {
 public:
  static constexpr std::size_t kRequestsPerTurn = 64;

  /// `capacity` messages per ring. Throws std::bad_alloc.
  NeighborExchange(std::uint16_t workers, std::size_t capacity);

  /// Called by worker `from` (not 0).
  void ask(std::uint16_t from, std::span<const ip::NeighborRequest> requests) noexcept;
  /// Called by worker 0: visits what the others ask, at most kRequestsPerTurn of it, shared evenly (one of each
  /// worker at least): each may cost a frame, and a flood by way of one worker must not delay the others. True when
  /// there was something.
  template <class Visit>
  bool take_requests(Visit&& visit) noexcept {
    bool any = false;
    for (const auto& link : links_)
      for (std::size_t left = share_; left > 0 && link->requests.consume_one(visit); --left) any = true;
    return any;
  }

  /// Called by worker 0.
  void publish(std::span<const ip::NeighborUpdate> updates) noexcept;
  /// Called by worker `to` (not 0): visits the news.
  template <class Visit>
  void take_updates(std::uint16_t to, Visit&& visit) noexcept {
    links_[to - 1u]->updates.consume_all(visit);
  }

 private:
  struct Link {
    explicit Link(std::size_t capacity) : requests(capacity), updates(capacity) {}
    boost::lockfree::spsc_queue<ip::NeighborRequest> requests;
    boost::lockfree::spsc_queue<ip::NeighborUpdate> updates;
  };
  std::vector<std::unique_ptr<Link>> links_;  ///< of workers 1, 2, ...
  std::size_t share_;                         ///< of kRequestsPerTurn, for each link
};

/// One worker's end of the exchange, as its shard and its loop see it.
class NeighborLink final : public NeighborRelay {
 public:
  NeighborLink(std::uint16_t self, NeighborExchange& exchange, std::span<Doorbell> bells) noexcept
      : exchange_(exchange), bells_(bells), self_(self) {}

  void request(const ip::NeighborRequest& request) noexcept override;
  void publish(const ip::NeighborUpdate& update) noexcept override;
  /// Gives the shard what came from other workers; once per turn. True when somebody had asked: more may wait.
  bool deliver(Shard& shard) noexcept;

 private:
  NeighborExchange& exchange_;
  std::span<Doorbell> bells_;
  std::uint16_t self_;
};

}  // namespace millrace::stack
