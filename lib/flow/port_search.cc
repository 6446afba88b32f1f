// First draws, then a walk over all candidates from a random one on. Without a map a walk looks at each port of the
// range, which only small ranges and unlucky draws come to (16 misses per worker when at most 32 ports are taken).
#include "flow/port_search.h"

#include <algorithm>
#include <span>
#include <utility>

namespace millrace::flow {

PortSearch::PortSearch(PortLedger& ledger, const FlowKey& key, const wire::IpAddress& local,
                       base::Random& random) noexcept
    : ledger_(ledger),
      random_(random),
      destination_(ledger.find(key)),
      owners_(ledger.config_.owners.towards(local, wire::IpAddress{key.remote_address}, key.remote_port)),
      size_(ledger.range().size()),
      draws_left_(kDrawsPerWorker * ledger.config_.owners.workers()) {
  if (destination_ != nullptr && destination_->taken == destination_->owned) draws_left_ = 0;
}

std::uint16_t PortSearch::next() noexcept {
  if (const std::uint16_t port = drawn_ahead(); port != 0) return port;
  if (const std::uint16_t port = draw(); port != 0) return port;
  if (!walking_) begin_walk();
  if (walk_left_ == 0) return 0;
  --walk_left_;
  const std::uint32_t index = candidate_from(at_);
  at_ = index + 1 == size_ ? 0 : index + 1;
  return ledger_.range().port_at(index);
}

std::uint16_t PortSearch::look_ahead() noexcept {
  if (destination_ == nullptr) return 0;
  const std::uint32_t ours = size_ / ledger_.config_.owners.workers();
  return destination_->ahead = destination_->taken > ours / 2 ? std::uint16_t{0} : draw();
}

std::uint16_t PortSearch::drawn_ahead() noexcept {
  if (destination_ == nullptr) return 0;
  const std::uint16_t port = std::exchange(destination_->ahead, 0);
  return port != 0 && may_use(ledger_.range().index_of(port)) ? port : 0;
}

/// Uniform but for 2^-32; `bound` is the size of a range at most.
std::uint32_t PortSearch::below(std::uint32_t bound) noexcept {
  const std::uint64_t input = random_.next();
  const std::uint64_t hash = base::siphash24(ledger_.secret_, std::as_bytes(std::span{&input, 1}));
  return static_cast<std::uint32_t>((hash >> 32) * bound >> 32);
}

std::uint16_t PortSearch::draw() noexcept {
  while (draws_left_ > 0) {
    --draws_left_;
    const auto index = below(size_);
    if (may_use(index)) return ledger_.range().port_at(index);
  }
  return 0;
}

void PortSearch::begin_walk() noexcept {
  walking_ = true;
  walk_left_ = count_candidates();
  if (walk_left_ > 0) at_ = candidate(below(walk_left_));
}

bool PortSearch::may_use(std::uint32_t index) noexcept {
  ++ledger_.count_.probes;
  if (destination_ != nullptr && ledger_.is_taken(*destination_, index)) return false;
  return ledger_.is_ours(owners_, index);
}

/// None is left when the destination is known to have as many taken as are ours.
std::uint32_t PortSearch::count_candidates() noexcept {
  if (destination_ != nullptr && destination_->taken == destination_->owned) return 0;
  if (has_map()) {
    ledger_.mark_owners(*destination_);
    return ledger_.map_of(*destination_).count_free();
  }
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size_; ++i) count += may_use(i) ? 1 : 0;
  if (destination_ != nullptr) destination_->owned = destination_->taken + count;
  return count;
}

std::uint32_t PortSearch::candidate(std::uint32_t rank) noexcept {
  if (has_map()) return ledger_.map_of(*destination_).select(rank);
  std::uint32_t index = candidate_from(0);
  for (; rank > 0; --rank) index = candidate_from(index + 1);
  return index;
}

/// Round the end; there is one.
std::uint32_t PortSearch::candidate_from(std::uint32_t index) noexcept {
  if (has_map()) return ledger_.map_of(*destination_).next_free(index);
  while (!may_use(index)) index = index + 1 == size_ ? 0 : index + 1;
  return index;
}

}  // namespace millrace::flow
