// The rings between workers. A ring is written by one worker and read by one other, so its two indices are all that
// is shared, and they are touched once per burst.
#include "stack/handover.h"

#include "base/check.h"

namespace millrace::stack {

RingMatrix::RingMatrix(std::uint16_t workers, std::size_t capacity) : workers_(workers), first_giver_(workers) {
  MILLRACE_CHECK(workers > 0 && capacity > 0);
  rings_.resize(std::size_t{workers} * workers);
  for (std::uint16_t to = 0; to < workers; ++to)
    for (std::uint16_t from = 0; from < workers; ++from)
      if (from != to) rings_[std::size_t{to} * workers + from] = std::make_unique<Ring>(capacity);
}

RingMatrix::~RingMatrix() {
  for (const auto& ring : rings_)
    if (ring) ring->consume_all([](pkt::Packet* packet) { packet->free(); });
}

std::size_t RingMatrix::push(std::uint16_t from, std::uint16_t to, std::span<pkt::Packet* const> burst) noexcept {
  MILLRACE_ASSERT(from != to && from < workers_ && to < workers_);
  return ring(from, to).push(burst.data(), burst.size());
}

std::size_t RingMatrix::pop(std::uint16_t to, std::span<pkt::Packet*> room) noexcept {
  std::uint16_t& first = first_giver_[to].first;
  std::size_t taken = 0;
  for (std::uint16_t i = 0; i < workers_ && taken < room.size(); ++i) {
    const auto from = static_cast<std::uint16_t>((first + i) % workers_);
    if (from != to) taken += ring(from, to).pop(room.data() + taken, room.size() - taken);
  }
  first = static_cast<std::uint16_t>((first + 1) % workers_);
  return taken;
}

bool RingMatrix::waiting(std::uint16_t to) const noexcept {
  for (std::uint16_t from = 0; from < workers_; ++from)
    if (from != to && ring(from, to).read_available() > 0) return true;
  return false;
}

OwnerSorter::OwnerSorter(RingMatrix& rings, std::uint16_t self, HandoverCounters& count)
    : rings_(rings), count_(count), stages_(rings.workers()), self_(self) {}

OwnerSorter::~OwnerSorter() {
  for (Stage& stage : stages_)
    for (std::size_t i = 0; i < stage.used; ++i) stage.packets[i]->free();
}

void OwnerSorter::add(std::uint16_t owner, pkt::Packet& packet) noexcept {
  MILLRACE_ASSERT(owner != self_ && owner < stages_.size());
  Stage& stage = stages_[owner];
  if (stage.used == kStage) flush(owner);
  stage.packets[stage.used++] = &packet;
  any_ = true;
}

std::size_t OwnerSorter::flush() noexcept {
  if (!any_) return 0;
  std::size_t given = 0;
  for (std::uint16_t owner = 0; owner < stages_.size(); ++owner) given += flush(owner);
  any_ = false;
  return given;
}

std::size_t OwnerSorter::flush(std::uint16_t owner) noexcept {
  Stage& stage = stages_[owner];
  if (stage.used == 0) return 0;
  const std::size_t given = rings_.push(self_, owner, {stage.packets, stage.used});
  for (std::size_t i = given; i < stage.used; ++i) stage.packets[i]->free();
  count_.rx_given.add(given);
  count_.rx_dropped.add(stage.used - given);
  stage.used = 0;
  return given;
}

}  // namespace millrace::stack
