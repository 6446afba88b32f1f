#include "sim/manual_app.h"

#include <algorithm>

#include "sim/stream_app.h"

namespace millrace::sim {

std::vector<std::byte> stream_bytes(std::uint64_t seed, std::uint64_t bytes) {
  std::vector<std::byte> all(bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) all[i] = stream_byte(seed, i);
  return all;
}

void ManualApp::on_event(api::Shard shard, const api::Event& event) {
  api::Connection connection = shard.connection(event.connection);
  Told& told = told_[key(event.connection)];
  events.push_back(event.kind);
  switch (event.kind) {
    case api::EventKind::Accepted:
      accepted.push_back(connection);
      [[fallthrough]];
    case api::EventKind::Connected:
      told.open = true;
      open_[key(event.connection)] = connection;
      pump(connection);
      break;
    case api::EventKind::Readable:
      if (reading && !(stalls && stalls(connection))) read(connection);
      break;
    case api::EventKind::PeerClosed:
      told.peer_closed = true;
      break;
    case api::EventKind::Writable:
      pump(connection);
      break;
    case api::EventKind::SoftError:
      told.soft_errors.push_back(event.soft_error);
      break;
    case api::EventKind::Urgent:
      ++told.urgent;
      break;
    case api::EventKind::ReceiveTimeout:
      ++told.receive_timeouts;
      break;
    case api::EventKind::Ended:
      told.ended = true;
      break;
    case api::EventKind::Timer:
      break;
    case api::EventKind::Closed:
      told.closed = true;
      told.reason = event.reason;
      told.rule = event.rule;
      open_.erase(key(event.connection));
      sending_.erase(key(event.connection));
      break;
  }
  if (then) then(connection, event);
}

void ManualApp::read(api::Connection connection) {
  Told& told = this->told(connection);
  std::uint32_t left = read_at_once;
  for (auto bytes = connection.peek(); !bytes.empty() && left > 0; bytes = connection.peek()) {
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), left));
    told.received.insert(told.received.end(), part.begin(), part.end());
    left -= static_cast<std::uint32_t>(part.size());
    connection.consume(part.size());
  }
}

void ManualApp::read_all() {
  for (auto& [key, connection] : open_) read(connection);
}

void ManualApp::stream(api::Connection connection, std::uint64_t bytes, std::uint64_t seed, Then then,
                       std::uint32_t write) {
  sending_[key(connection.id())] = {seed, 0, bytes, write, then};
  pump(connection);
}

void ManualApp::pump(api::Connection connection) {
  const auto found = sending_.find(key(connection.id()));
  if (found == sending_.end()) return;
  Sending& sending = found->second;
  while (sending.sent < sending.total) {
    std::vector<std::byte> bytes(std::min<std::uint64_t>(sending.write, sending.total - sending.sent));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = stream_byte(sending.seed, sending.sent + i);
    const std::size_t taken = connection.send(bytes);
    sending.sent += taken;
    if (taken < bytes.size()) return;
  }
  const Then then = sending.then;
  sending_.erase(found);
  if (then == Then::Shutdown) connection.shutdown();
  if (then == Then::Close) connection.close();
  if (then == Then::AbortAfterData) connection.abort_after_data();
}

}  // namespace millrace::sim
