#include "sim/stream_app.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sim {

std::byte stream_byte(std::uint64_t seed, std::uint64_t position) noexcept {
  std::uint64_t x = seed + position * 0x9e3779b97f4a7c15;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9;
  return static_cast<std::byte>(x >> 56);
}

void StreamApp::add(api::Connection connection, const StreamPlan& plan) {
  streams_[connection.id().index] = {plan, results_.size(), false};
  results_.push_back({});
}

void StreamApp::add_and_send(api::Connection connection, const StreamPlan& plan) {
  add(connection, plan);
  send_some(connection, streams_[connection.id().index]);
}

void StreamApp::fail(const std::string& what) {
  if (error_.empty()) error_ = what;
}

void StreamApp::on_event(api::Shard shard, const api::Event& event) {
  api::Connection connection = shard.connection(event.connection);
  if (event.kind == api::EventKind::Accepted) add(connection, plan_of_accepted(connection.info()));
  const auto found = streams_.find(event.connection.index);
  if (found == streams_.end()) return fail("event of an unknown connection");
  Stream& stream = found->second;
  StreamResult& result = results_[stream.result];
  if (result.closed) return fail("event after Closed");
  if (event.kind == api::EventKind::PeerClosed) result.peer_closed = true;
  if (event.kind == api::EventKind::Closed) {
    result.closed = true;
    result.reason = event.reason;
    if (connection.readable() > 0) fail("Closed before the data was consumed");
    streams_.erase(found);
    return;
  }
  pump(connection, stream);
}

void StreamApp::pump(api::Connection connection, Stream& stream) {
  receive_some(connection, stream);
  send_some(connection, stream);
}

void StreamApp::send_some(api::Connection connection, Stream& stream) {
  StreamResult& result = results_[stream.result];
  while (result.sent < stream.plan.bytes_out) {
    const std::uint32_t want = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(1 + random_.below(stream.plan.largest_write), stream.plan.bytes_out - result.sent));
    std::vector<std::byte> bytes(want);
    for (std::uint32_t i = 0; i < want; ++i) bytes[i] = stream_byte(stream.plan.out_seed, result.sent + i);
    const std::size_t taken = connection.send(bytes);
    result.sent += static_cast<std::uint32_t>(taken);
    if (taken < want) return;
  }
  if (stream.shut) return;
  stream.shut = true;
  connection.shutdown();
}

void StreamApp::receive_some(api::Connection connection, Stream& stream) {
  StreamResult& result = results_[stream.result];
  std::uint32_t budget = stream.plan.largest_read;
  while (budget > 0) {
    const auto bytes = connection.peek();
    if (bytes.empty()) break;
    const std::size_t n = std::min<std::size_t>(bytes.size(), budget);
    for (std::size_t i = 0; i < n; ++i) {
      if (bytes[i] != stream_byte(stream.plan.in_seed, result.received + i))
        return fail(fmt::format("byte {} of the stream is wrong", result.received + i));
    }
    result.received += static_cast<std::uint32_t>(n);
    budget -= static_cast<std::uint32_t>(n);
    connection.consume(n);
    if (result.received > stream.plan.bytes_in) return fail("more bytes than were sent");
  }
  if (result.peer_closed && connection.at_end() && result.received != stream.plan.bytes_in)
    fail(fmt::format("stream ended after {} of {} bytes", result.received, stream.plan.bytes_in));
}

bool StreamApp::all_closed(std::size_t count) const {
  return results_.size() == count &&
         std::all_of(results_.begin(), results_.end(), [](const auto& r) { return r.closed; });
}

}  // namespace millrace::sim
