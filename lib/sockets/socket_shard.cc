// Which socket an event belongs to is looked up by the number of its connection; its generation tells old from new.
#include "sockets/socket_shard.h"

#include <utility>

#include "sockets/accept.h"
#include "sockets/events.h"
#include "sockets/listen_group.h"
#include "sockets/socket.h"

namespace millrace::sockets {
void SocketShard::run(api::Shard shard, const std::function<void(SocketShard&)>& task) {
  shard_ = shard;
  task(*this);
}

void SocketShard::attach(std::shared_ptr<Socket> socket, api::Connection connection) {
  const std::uint32_t index = connection.id().index;
  if (index >= by_connection_.size()) by_connection_.resize(std::size_t{index} + 1);
  socket->connection = connection;
  socket->attached = true;
  by_connection_[index] = std::move(socket);
}

void SocketShard::detach(const Socket& socket) noexcept {
  const std::uint32_t index = socket.connection.id().index;
  if (index < by_connection_.size() && by_connection_[index].get() == &socket) by_connection_[index] = nullptr;
}

void SocketShard::set_listener(std::uint16_t number, std::shared_ptr<ListenGroup> group) {
  if (number >= by_listener_.size()) by_listener_.resize(std::size_t{number} + 1);
  by_listener_[number] = std::move(group);
}

std::shared_ptr<Socket> SocketShard::find(const api::ConnectionId& id) const {
  if (id.index >= by_connection_.size()) return nullptr;
  const auto& socket = by_connection_[id.index];
  return socket != nullptr && socket->connection.id() == id ? socket : nullptr;
}

void SocketShard::at(Time time, const std::shared_ptr<Socket>& socket, Due due) {
  timers_.emplace(time, Timer{socket, due});
}

void SocketShard::accepted(const api::Event& event) {
  const bool known = event.listener < by_listener_.size() && by_listener_[event.listener] != nullptr;
  api::Connection connection = shard_->connection(event.connection);
  if (!known || !adopt(*this, by_listener_[event.listener], connection)) connection.abort();
}

void SocketShard::take(const api::Event& event) {
  if (event.kind == api::EventKind::Accepted) return accepted(event);
  if (const auto socket = find(event.connection)) take_event(*this, *socket, event);
}

void SocketShard::on_events(api::Shard shard, std::span<const api::Event> events) {
  shard_ = shard;
  for (const api::Event& event : events) take(event);
}

void SocketShard::on_turn(api::Shard shard, Time now) {
  shard_ = shard;
  if (!is_this_thread()) thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const Timer timer = std::move(timers_.extract(timers_.begin()).mapped());
    if (const auto socket = timer.socket.lock()) timer.due(*this, *socket);
  }
}

std::optional<Time> SocketShard::next_deadline() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

}  // namespace millrace::sockets
