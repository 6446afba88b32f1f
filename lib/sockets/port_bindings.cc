// The rules of Linux' inet_csk_get_port(): two sockets share a port if their addresses do not overlap, or both have
// SO_REUSEPORT, or both have SO_REUSEADDR and neither listens. Accepted connections hold their listener's port too,
// save for sockets with SO_REUSEADDR.
#include "sockets/port_bindings.h"

#include <algorithm>

namespace millrace::sockets {
namespace {

/// Whether an address that means "all" takes in another one; `v6only` belongs to ::.
bool covers(const api::IpAddress& any, bool v6only, const api::IpAddress& other) noexcept {
  if (!any.is_unspecified()) return false;
  if (any.is_v4()) return other.is_v4() || other.is_unspecified();
  return !other.is_v4() || !v6only;
}

bool overlap(const api::IpAddress& a, bool a_v6only, const api::IpAddress& b, bool b_v6only) noexcept {
  if (a == b) return true;
  if (a.is_unspecified() && b.is_unspecified()) return !a_v6only && !b_v6only;  // 0.0.0.0 and ::
  return covers(a, a_v6only, b) || covers(b, b_v6only, a);
}

}  // namespace

bool PortBindings::conflict(const Binding& a, const Binding& b) noexcept {
  if (!overlap(a.local.address, a.v6only, b.local.address, b.v6only)) return false;
  if (a.reuse_port && b.reuse_port) return false;
  return !a.reuse_address || !b.reuse_address || a.group != nullptr || b.group != nullptr;
}

bool PortBindings::conflict(const Port& port, const Binding& binding) noexcept {
  for (const Binding& other : port.bindings)
    if (other.socket != binding.socket && conflict(other, binding)) return true;
  return std::any_of(port.groups.begin(), port.groups.end(), [&](const std::weak_ptr<ListenGroup>& weak) {
    const auto group = weak.lock();
    if (group == nullptr || group->has_members()) return false;  // the members have bindings
    const bool shared = group->reuse_address && binding.reuse_address;
    return !shared && overlap(group->local.address, group->v6only, binding.local.address, binding.v6only);
  });
}

PortBindings::Binding* PortBindings::find(Port& port, const Socket& socket) noexcept {
  const auto found = std::find_if(port.bindings.begin(), port.bindings.end(),
                                  [&](const Binding& binding) { return binding.socket == &socket; });
  return found == port.bindings.end() ? nullptr : &*found;
}

bool PortBindings::bind(const Socket& socket, const api::Endpoint& local, const Options& options) {
  const std::lock_guard lock{mutex_};
  const Binding binding{&socket, local, options.v6only, options.reuse_address, options.reuse_port, nullptr};
  Port& port = ports_[local.port];
  std::erase_if(port.groups, [](const std::weak_ptr<ListenGroup>& group) { return group.expired(); });
  if (conflict(port, binding)) return false;
  port.bindings.push_back(binding);
  return true;
}

void PortBindings::release(const Socket& socket, std::uint16_t number) {
  const std::lock_guard lock{mutex_};
  const auto port = ports_.find(number);
  if (port == ports_.end()) return;
  std::erase_if(port->second.bindings, [&](const Binding& binding) { return binding.socket == &socket; });
  std::erase_if(port->second.groups, [](const std::weak_ptr<ListenGroup>& group) { return group.expired(); });
  if (port->second.bindings.empty() && port->second.groups.empty()) ports_.erase(port);
}

void PortBindings::update(const Socket& socket, std::uint16_t number, const Options& options) {
  const std::lock_guard lock{mutex_};
  const auto port = ports_.find(number);
  if (port == ports_.end()) return;
  if (Binding* binding = find(port->second, socket)) {
    binding->reuse_address = options.reuse_address;
    binding->reuse_port = options.reuse_port;
  }
}

PortBindings::Listening PortBindings::listen(const std::shared_ptr<Socket>& socket, std::uint16_t number,
                                             std::uint32_t backlog, const Options& options) {
  const std::lock_guard lock{mutex_};
  Port& port = ports_[number];
  Binding* own = find(port, *socket);
  if (own == nullptr) return {};
  Listening listening;
  for (const Binding& other : port.bindings) {
    if (&other == own || other.group == nullptr) continue;
    if (conflict(*own, other)) return {};
    if (other.local == own->local && other.v6only == own->v6only) listening.group = other.group;
  }
  if (listening.group == nullptr) {
    listening.group = std::make_shared<ListenGroup>(own->local, own->v6only, own->reuse_address);
    listening.made = true;
    port.groups.push_back(listening.group);
  }
  own->group = listening.group;
  listening.group->join(socket, backlog, options);
  return listening;
}

bool PortBindings::stop_listening(const Socket& socket, std::uint16_t number, ListenGroup& group) {
  const std::lock_guard lock{mutex_};
  if (const auto port = ports_.find(number); port != ports_.end()) {
    if (Binding* binding = find(port->second, socket)) binding->group = nullptr;
  }
  return group.leave(socket);
}

}  // namespace millrace::sockets
