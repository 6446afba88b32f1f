#include "sim/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/stream_app.h"

namespace millrace::sim {
namespace {

/// Every so long, so many slow readers read so much.
constexpr Duration kBetweenReads = milliseconds{2};
constexpr std::size_t kReadersAtOnce = 40;
constexpr std::uint32_t kSlowRead = 2000;

std::uint64_t stream_of(std::uint64_t seed, std::uint16_t port) noexcept { return seed * 65'537 + port; }

}  // namespace

std::uint32_t Crowd::length(std::uint64_t seed, std::uint16_t opener_port) const noexcept {
  const auto high = static_cast<std::uint32_t>(stream_byte(seed, opener_port));
  const auto low = static_cast<std::uint32_t>(stream_byte(seed + 1, opener_port));
  return lengths_.least + (high << 8 | low) % (lengths_.most - lengths_.least + 1);
}

void Crowd::fail(const Member& member, const std::string& what) {
  if (error_.empty()) error_ = fmt::format("connection of port {}: {}", member.port, what);
}

void Crowd::add(api::Connection connection, std::uint16_t opener_port) {
  const std::uint32_t index = connection.id().index;
  if (index >= members_.size()) members_.resize(index + 1);
  members_[index] = {};
  members_[index].id = connection.id();
  members_[index].port = opener_port;
  members_[index].slow = slow_every_ != 0 && opener_port % slow_every_ == 0;
}

void Crowd::on_event(api::Shard shard, const api::Event& event) {
  api::Connection connection = shard.connection(event.connection);
  if (event.kind == api::EventKind::Accepted) add(connection, connection.info().remote.port);
  Member& member = members_[event.connection.index];
  if (event.kind == api::EventKind::Closed) {
    if (member.closed) return fail(member, "closed twice");
    member.closed = true;
    if (event.reason != api::CloseReason::Normal)
      fail(member, fmt::format("closed with '{}'", tcp::to_string(event.reason)));
    if (member.received != length(other_, member.port) || member.sent != length(own_, member.port))
      fail(member, fmt::format("closed after {} bytes in, {} out", member.received, member.sent));
    ++done_;
    return;
  }
  if (!member.slow) read_some(connection, member, ~0u);
  if (member.slow && connection.readable() > 0 && !member.waits) {
    member.waits = true;
    slow_.push_back(event.connection.index);
    if (!next_read_) next_read_ = shard.now() + kBetweenReads;
  }
  send_some(connection, member);
}

void Crowd::send_some(api::Connection connection, Member& member) {
  const std::uint32_t all = length(own_, member.port);
  while (member.sent < all) {
    std::array<std::byte, 1024> bytes;
    const std::uint32_t want = std::min<std::uint32_t>(bytes.size(), all - member.sent);
    for (std::uint32_t i = 0; i < want; ++i) bytes[i] = stream_byte(stream_of(own_, member.port), member.sent + i);
    const std::size_t taken = connection.send({bytes.data(), want});
    member.sent += static_cast<std::uint32_t>(taken);
    if (taken < want) return;
  }
  if (!member.shut) connection.shutdown();
  member.shut = true;
}

void Crowd::read_some(api::Connection connection, Member& member, std::uint32_t most) {
  while (most > 0) {
    const auto bytes = connection.peek();
    if (bytes.empty()) return;
    const std::size_t n = std::min<std::size_t>(bytes.size(), most);
    for (std::size_t i = 0; i < n; ++i)
      if (bytes[i] != stream_byte(stream_of(other_, member.port), member.received + i))
        return fail(member, fmt::format("byte {} is wrong", member.received + i));
    member.received += static_cast<std::uint32_t>(n);
    most -= static_cast<std::uint32_t>(n);
    connection.consume(n);
  }
}

void Crowd::on_turn(api::Shard shard, Time now) {
  if (every_turn) every_turn();
  if (!next_read_ || now < *next_read_) return;
  for (std::size_t i = std::min(slow_.size(), kReadersAtOnce); i > 0; --i) {
    const std::uint32_t index = slow_.front();
    slow_.pop_front();
    Member& member = members_[index];
    api::Connection connection = shard.connection(member.id);
    read_some(connection, member, kSlowRead);
    member.waits = connection.readable() > 0;
    if (member.waits) slow_.push_back(index);
  }
  next_read_ = slow_.empty() ? std::nullopt : std::optional{now + kBetweenReads};
}

std::optional<Time> Crowd::next_deadline() { return next_read_; }

}  // namespace millrace::sim
