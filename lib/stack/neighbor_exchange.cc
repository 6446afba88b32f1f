#include "stack/neighbor_exchange.h"

#include "base/check.h"

namespace millrace::stack {

NeighborExchange::NeighborExchange(std::uint16_t workers, std::size_t capacity) {
  for (std::uint16_t worker = 1; worker < workers; ++worker) links_.push_back(std::make_unique<Link>(capacity));
}

void NeighborExchange::ask(std::uint16_t from, std::span<const ip::NeighborRequest> requests) noexcept {
  MILLRACE_ASSERT(from > 0 && from <= links_.size());
  links_[from - 1u]->requests.push(requests.data(), requests.size());
}

void NeighborExchange::publish(std::span<const ip::NeighborUpdate> updates) noexcept {
  for (const auto& link : links_) link->updates.push(updates.data(), updates.size());
}

}  // namespace millrace::stack
