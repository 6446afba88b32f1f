// A number is MR_FIRST_DESCRIPTOR, and above it the generation and the number of a place in an array.
#include "sockets/descriptor_table.h"

#include <cerrno>
#include <utility>

#include "sockets/sockets.h"

namespace millrace::sockets {
namespace {

constexpr unsigned kPlaceBits = 21;
constexpr unsigned kGenerations = 512;  // what is left of a positive int
constexpr std::size_t kMostDescriptors = std::size_t{1} << kPlaceBits;

std::size_t place_of(int fd) noexcept {
  return static_cast<std::size_t>(fd - MR_FIRST_DESCRIPTOR) & (kMostDescriptors - 1);
}

unsigned generation_of(int fd) noexcept { return static_cast<unsigned>(fd - MR_FIRST_DESCRIPTOR) >> kPlaceBits; }

int number(std::size_t place, unsigned generation) noexcept {
  return MR_FIRST_DESCRIPTOR + static_cast<int>(generation << kPlaceBits | static_cast<unsigned>(place));
}

}  // namespace

const DescriptorTable::Place* DescriptorTable::holds(int fd) const noexcept {
  if (fd < MR_FIRST_DESCRIPTOR || place_of(fd) >= places_.size()) return nullptr;
  const Place& place = places_[place_of(fd)];
  return place.descriptor != nullptr && place.generation == generation_of(fd) ? &place : nullptr;
}

int DescriptorTable::add(std::shared_ptr<Descriptor> descriptor) {
  const std::lock_guard lock{mutex_};
  std::size_t at = places_.size();
  if (!free_.empty()) {
    at = free_.top();
    free_.pop();
  } else if (at == kMostDescriptors) {
    return -EMFILE;
  } else {
    places_.emplace_back();
  }
  places_[at].descriptor = std::move(descriptor);
  return number(at, places_[at].generation);
}

std::shared_ptr<Descriptor> DescriptorTable::find(int fd) const {
  const std::lock_guard lock{mutex_};
  const Place* place = holds(fd);
  return place == nullptr ? nullptr : place->descriptor;
}

std::shared_ptr<Descriptor> DescriptorTable::take(int fd) {
  const std::lock_guard lock{mutex_};
  return holds(fd) == nullptr ? nullptr : free(place_of(fd));
}

std::shared_ptr<Descriptor> DescriptorTable::free(std::size_t place) {
  free_.push(place);
  places_[place].generation = (places_[place].generation + 1) % kGenerations;
  return std::exchange(places_[place].descriptor, nullptr);
}

void DescriptorTable::drop(const mr_stack& stack) {
  std::vector<std::shared_ptr<Descriptor>> dropped;  // destroyed after the lock is released
  const std::lock_guard lock{mutex_};
  for (std::size_t at = 0; at < places_.size(); ++at)
    if (places_[at].descriptor != nullptr && &places_[at].descriptor->stack() == &stack) dropped.push_back(free(at));
}

DescriptorTable& descriptors() {
  static auto* const table = new DescriptorTable;
  return *table;
}

}  // namespace millrace::sockets
