#include "stations.h"

#include <algorithm>

namespace millrace::link {

void Stations::learn(const wire::MacAddress& source, std::uint16_t port) {
  const auto found = std::ranges::find(entries_, source, &Entry::mac);
  if (found != entries_.end())
    found->port = port;
  else if (entries_.size() < kMost)
    entries_.push_back({source, port});
}

std::optional<std::uint16_t> Stations::port_of(const wire::MacAddress& destination) const noexcept {
  const auto found = std::ranges::find(entries_, destination, &Entry::mac);
  if (found == entries_.end()) return std::nullopt;
  return found->port;
}

}  // namespace millrace::link
