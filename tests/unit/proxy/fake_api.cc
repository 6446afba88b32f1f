#include "fake_api.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::stack {

FakeConnection* Shard::live(Id id) {
  if (id.index >= connections.size() || connections[id.index].stale) return nullptr;
  return &connections[id.index];
}

Shard::Id Shard::accept(std::uint16_t listener) {
  connections.emplace_back();
  events.push_back({.kind = api::EventKind::Accepted, .listener = listener, .connection = last()});
  return last();
}

void Shard::connected(Id id) { record(api::EventKind::Connected, id); }

void Shard::sends(Id id, std::string_view bytes) {
  at(id).receive_queue += bytes;
  at(id).received += bytes.size();
  record(api::EventKind::Readable, id, api::CloseReason::None, static_cast<std::uint32_t>(bytes.size()));
}

void Shard::fin(Id id) {
  at(id).peer_fin = true;
  record(api::EventKind::PeerClosed, id);
}

void Shard::gone(Id id, api::CloseReason reason) {
  at(id).closed = true;
  record(api::EventKind::Closed, id, reason);
}

void Shard::gone(Id id, api::CloseRule rule) {
  gone(id, tcp::reason_of(rule));
  events.back().rule = rule;
}

void Shard::acks(Id id, std::size_t bytes) {
  FakeConnection& c = at(id);
  c.acked += bytes;
  if (!c.wants_writable) return;
  c.wants_writable = false;
  record(api::EventKind::Writable, id, api::CloseReason::None, static_cast<std::uint32_t>(c.room - c.unacked()));
}

void Shard::record(api::EventKind kind, Id id, api::CloseReason reason, std::uint32_t bytes) {
  events.push_back({.kind = kind, .reason = reason, .connection = id, .user = at(id).user, .bytes = bytes});
}

}  // namespace millrace::stack

namespace millrace::api {

std::string Endpoint::to_string() const {
  return address.v4_value() == 0 ? "nobody" : std::to_string(address.v4_value() & 0xff) + ":" + std::to_string(port);
}

Time Shard::now() const noexcept { return shard_->now; }

std::uint16_t Shard::worker() const noexcept { return 0; }

Result<Connection> Shard::connect(const Endpoint& remote, const ConnectOptions& options) noexcept {
  const std::size_t call = shard_->connects++;
  if (call < shard_->connect_script.size() && shard_->connect_script[call]) return *shard_->connect_script[call];
  stack::FakeConnection& c = shard_->connections.emplace_back();
  c.remote = remote;
  c.options = options;
  c.sources.assign(options.local_addresses.begin(), options.local_addresses.end());
  c.user = options.user;
  return Connection(*shard_, shard_->last());
}

Result<std::uint16_t> Shard::listen(const Endpoint& local, const ListenOptions& options) noexcept {
  if (shard_->listen_error) return *shard_->listen_error;
  shard_->listeners.push_back({local, options});
  return static_cast<std::uint16_t>(shard_->listeners.size() - 1 + stack::Shard::kFirstListener);
}

void Shard::stop_listening(std::uint16_t listener) noexcept {
  shard_->listeners.at(listener - stack::Shard::kFirstListener).stopped = true;
}

Connection Shard::connection(ConnectionId id) const noexcept { return Connection(*shard_, id); }

std::uint32_t Shard::connections() const noexcept {
  return shard_->orphans +
         static_cast<std::uint32_t>(std::count_if(shard_->connections.begin(), shard_->connections.end(),
                                                  [](const stack::FakeConnection& c) { return !c.stale; }));
}

void Shard::reset_given_up(std::uint32_t& cursor, std::uint32_t most, CloseRule rule) noexcept {
  EXPECT_EQ(rule, CloseRule::AppDrain);
  const std::uint32_t now = std::min(most, shard_->orphans - shard_->orphans_reset);
  shard_->orphans_reset += now;
  cursor += now;
}

bool Shard::has_work() const noexcept { return shard_->sending; }

std::uint32_t Shard::time_waits() const noexcept { return shard_->time_waits; }

bool Connection::valid() const noexcept { return shard_ != nullptr && shard_->live(id_) != nullptr; }

void Connection::set_user(std::uint64_t user) noexcept {
  if (stack::FakeConnection* c = shard_->live(id_)) c->user = user;
}

std::size_t Connection::unacknowledged() const noexcept {
  const stack::FakeConnection* c = shard_->live(id_);
  return c == nullptr ? 0 : c->unacked();
}

std::size_t Connection::readable() const noexcept {
  const stack::FakeConnection* c = shard_->live(id_);
  return c == nullptr ? 0 : c->receive_queue.size();
}

ConnectionInfo Connection::info() const {
  ConnectionInfo info;
  if (const stack::FakeConnection* c = shard_->live(id_)) {
    info.local = c->local;
    info.remote = c->remote;
    info.bytes_in = c->received;
    info.age = c->age;
  }
  return info;
}

bool Connection::at_end() const noexcept {
  const stack::FakeConnection* c = shard_->live(id_);
  return c != nullptr && c->peer_fin && c->receive_queue.empty();
}

std::size_t Connection::transfer_to(const Connection& to) noexcept {
  stack::FakeConnection* source = shard_->live(id_);
  stack::FakeConnection* sink = shard_->live(to.id_);
  if (source == nullptr || sink == nullptr) return 0;
  const std::size_t room = sink->room - sink->unacked();
  const std::size_t moved = std::min(room, source->receive_queue.size());
  sink->delivered += source->receive_queue.substr(0, moved);
  source->receive_queue.erase(0, moved);
  if (!source->receive_queue.empty()) sink->wants_writable = true;
  return moved;
}

void Connection::shutdown() noexcept {
  if (stack::FakeConnection* c = shard_->live(id_)) ++c->shutdowns;
}

void Connection::close() noexcept {
  stack::FakeConnection* c = shard_->live(id_);
  if (c == nullptr) return;
  ++c->closes;
  c->stale = true;
}

void Connection::abort(CloseRule rule) noexcept {
  stack::FakeConnection* c = shard_->live(id_);
  if (c == nullptr) return;
  ++c->aborts;
  c->rule = rule;
  c->stale = true;
}

void Connection::abort_after_data(CloseRule rule) noexcept {
  stack::FakeConnection* c = shard_->live(id_);
  if (c == nullptr) return;
  ++c->aborts_after_data;
  c->rule = rule;
  c->stale = true;
}

}  // namespace millrace::api
