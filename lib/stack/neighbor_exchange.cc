// Push and forget: a full ring loses the message, and who still needs the neighbor asks again (ip/neighbors). Each push
// rings the bell, because a worker that sleeps would answer late.
#include "stack/neighbor_exchange.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::stack {

NeighborExchange::NeighborExchange(std::uint16_t workers, std::size_t capacity)
    : share_(std::max<std::size_t>(kRequestsPerTurn / std::max(workers - 1, 1), 1)) {
  for (std::uint16_t worker = 1; worker < workers; ++worker) links_.push_back(std::make_unique<Link>(capacity));
}

void NeighborExchange::ask(std::uint16_t from, std::span<const ip::NeighborRequest> requests) noexcept {
  MILLRACE_ASSERT(from > 0 && from <= links_.size());
  links_[from - 1u]->requests.push(requests.data(), requests.size());
}

void NeighborExchange::publish(std::span<const ip::NeighborUpdate> updates) noexcept {
  for (const auto& link : links_) link->updates.push(updates.data(), updates.size());
}

void NeighborLink::request(const ip::NeighborRequest& request) noexcept {
  exchange_.ask(self_, {&request, 1});
  bells_[0].ring();
}

void NeighborLink::publish(const ip::NeighborUpdate& update) noexcept {
  exchange_.publish({&update, 1});
  for (Doorbell& bell : bells_.subspan(1)) bell.ring();
}

bool NeighborLink::deliver(Shard& shard) noexcept {
  if (self_ == 0) return exchange_.take_requests([&](const ip::NeighborRequest& request) { shard.resolve(request); });
  exchange_.take_updates(self_, [&](const ip::NeighborUpdate& update) { shard.apply(update); });
  return false;
}

}  // namespace millrace::stack
