// Numbers are never reused, because half-open connections and events refer to them; a closed listener keeps its place.
#include "tcp/listener.h"

#include <algorithm>

namespace millrace::tcp {
namespace {

bool overlap(IpVersions a, IpVersions b) noexcept { return a == b || a == IpVersions::Both || b == IpVersions::Both; }

}  // namespace

std::uint16_t Listeners::add(const Listener& listener) {
  const auto same = [&](const Listener& other) {
    return other.open && other.port == listener.port && other.local_index == listener.local_index &&
           overlap(other.versions, listener.versions);
  };
  if (std::any_of(listeners_.begin(), listeners_.end(), same)) return kNoListener;
  if (listeners_.size() >= kNoListener) return kNoListener;
  listeners_.push_back(listener);
  listeners_.back().open = true;
  return static_cast<std::uint16_t>(listeners_.size() - 1);
}

void Listeners::close(std::uint16_t number) noexcept {
  if (number < listeners_.size()) listeners_[number].open = false;
}

std::uint16_t Listeners::find(std::uint16_t local_index, std::uint16_t port) const noexcept {
  std::uint16_t any = kNoListener;
  const IpVersions version = is_v6(local_index) ? IpVersions::V6 : IpVersions::V4;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const Listener& listener = listeners_[i];
    if (!listener.open || listener.port != port) continue;
    if (listener.local_index == local_index) return static_cast<std::uint16_t>(i);
    if (listener.local_index == kAnyLocal && overlap(listener.versions, version)) any = static_cast<std::uint16_t>(i);
  }
  return any;
}

bool Listeners::on_port(std::uint16_t port) const noexcept {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [port](const Listener& listener) { return listener.open && listener.port == port; });
}

}  // namespace millrace::tcp
