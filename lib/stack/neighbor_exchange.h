// What the workers tell each other about neighbors: requests to the authority on worker 0, its news to everybody.
//
// One ring each way for every other worker. A full ring loses what does not fit, which only costs time: whoever still
// needs a neighbor asks again (ip/neighbors.h). Worker 0 needs no ring to itself: it gives its own table's requests to
// the resolver, and the resolver's updates to its own table, directly.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ip/neighbors.h"

namespace millrace::stack {

class NeighborExchange {
 public:
  /// `capacity` messages per ring. Throws std::bad_alloc.
  NeighborExchange(std::uint16_t workers, std::size_t capacity);

  /// Called by worker `from` (not 0).
  void ask(std::uint16_t from, std::span<const ip::NeighborRequest> requests) noexcept;
  /// Called by worker 0: visits what the others ask.
  template <class Visit>
  void take_requests(Visit&& visit) noexcept {
    for (const auto& link : links_) link->requests.consume_all(visit);
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
};

}  // namespace millrace::stack
