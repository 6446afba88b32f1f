#include "sim/bulk_app.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace millrace::sim {
namespace {

constexpr std::size_t kAtOnce = 65'536;
/// A prime: no shift by segments or buffers leaves the stream as it is.
constexpr std::size_t kPeriod = 65'521;

std::vector<std::byte> make_stream() {
  std::vector<std::byte> stream(kPeriod + kAtOnce);
  base::Random random(1);
  for (std::size_t i = 0; i < kPeriod; ++i) stream[i] = static_cast<std::byte>(random.next());
  for (std::size_t i = kPeriod; i < stream.size(); ++i) stream[i] = stream[i - kPeriod];
  return stream;
}

}  // namespace

std::span<const std::byte> bulk_bytes(std::uint64_t position) noexcept {
  static const std::vector<std::byte> stream = make_stream();
  return std::span{stream}.subspan(position % kPeriod, kAtOnce);
}

void BulkSender::add(api::Connection connection, std::uint64_t bytes) {
  const std::uint16_t port = connection.info().local.port;
  flows_[port] = {connection, bytes, 0, std::nullopt};
  port_of_[connection.id().index] = port;
}

void BulkSender::send_more(std::uint16_t port, std::uint64_t bytes) {
  Flow& flow = flows_.at(port);
  flow.left += bytes;
  pump(flow);
}

void BulkSender::pump(Flow& flow) {
  while (flow.left > 0) {
    const auto bytes = bulk_bytes(flow.sent).first(std::min<std::uint64_t>(flow.left, kAtOnce));
    const std::size_t taken = flow.connection.send(bytes);
    flow.sent += taken;
    if (flow.left != kEndless) flow.left -= taken;
    if (taken < bytes.size()) return;
  }
}

void BulkSender::on_event(api::Shard shard, const api::Event& event) {
  const auto found = port_of_.find(event.connection.index);
  if (found == port_of_.end()) return;
  Flow& flow = flows_.at(found->second);
  if (event.kind == api::EventKind::Closed && error_.empty()) error_ = "a sender's connection was closed";
  if (event.kind == api::EventKind::Connected) flow.connected_at = shard.now();
  if (event.kind == api::EventKind::Connected || event.kind == api::EventKind::Writable) pump(flow);
}

std::optional<Time> BulkSender::connected_at(std::uint16_t port) const { return flows_.at(port).connected_at; }

void BulkSender::drop(std::uint16_t port) {
  Flow& flow = flows_.at(port);
  port_of_.erase(flow.connection.id().index);
  flow.connection.abort();
  flows_.erase(port);
}

void BulkReceiver::on_event(api::Shard shard, const api::Event& event) {
  if (event.kind == api::EventKind::Accepted) {
    const api::Connection connection = shard.connection(event.connection);
    const std::uint16_t port = connection.info().remote.port;
    flows_[port] = {connection, 0, shard.now()};
    port_of_[event.connection.index] = port;
  }
  if (event.kind != api::EventKind::Accepted && event.kind != api::EventKind::Readable) return;
  const auto found = port_of_.find(event.connection.index);
  if (found != port_of_.end()) read(flows_.at(found->second), shard.now());
}

void BulkReceiver::read(Flow& flow, Time now) {
  for (auto bytes = flow.connection.peek(); !bytes.empty(); bytes = flow.connection.peek()) {
    const std::size_t size = std::min(bytes.size(), kAtOnce);
    if (std::memcmp(bytes.data(), bulk_bytes(flow.received).data(), size) != 0 && error_.empty())
      error_ = fmt::format("the stream is wrong behind byte {}", flow.received);
    flow.connection.consume(size);
    flow.received += size;
    flow.last_at = now;
  }
}

void BulkReceiver::drop(std::uint16_t port) {
  Flow& flow = flows_.at(port);
  port_of_.erase(flow.connection.id().index);
  flow.connection.abort();
  flows_.erase(port);
}

std::uint64_t BulkReceiver::received(std::uint16_t port) const {
  const auto found = flows_.find(port);
  return found == flows_.end() ? 0 : found->second.received;
}

Time BulkReceiver::last_at(std::uint16_t port) const { return flows_.at(port).last_at; }

}  // namespace millrace::sim
