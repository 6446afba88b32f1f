// The application of simulations with thousands of connections: each sends a short stream and checks the one that it
// receives byte by byte; some read at once, the others a little at a time when their turn comes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "sim/host.h"

namespace millrace::sim {

/// Bytes of the shortest and the longest stream.
struct StreamLengths {
  std::uint32_t least = 1, most = 6000;
};

class Crowd : public HostApp {
 public:
  /// Streams are functions of `own` and `other`, and of the port of the opener. Connections whose opener's port is
  /// divisible by `slow_every` are read slowly; 0: none.
  Crowd(std::uint64_t own, std::uint64_t other, std::uint32_t slow_every, StreamLengths lengths)
      : own_(own), other_(other), slow_every_(slow_every), lengths_(lengths) {}

  void add(api::Connection connection, std::uint16_t opener_port);
  void on_event(api::Shard shard, const api::Event& event) override;
  void on_turn(api::Shard shard, Time now) override;
  [[nodiscard]] std::optional<Time> next_deadline() override;

  /// Connections that have sent and received all, and are closed.
  [[nodiscard]] std::size_t done() const noexcept { return done_; }
  /// The first thing that went wrong.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  std::function<void()> every_turn;

 private:
  struct Member {
    api::ConnectionId id;
    std::uint16_t port = 0;
    bool slow = false, waits = false, shut = false, closed = false;
    std::uint32_t sent = 0, received = 0;
  };
  void send_some(api::Connection connection, Member& member);
  void read_some(api::Connection connection, Member& member, std::uint32_t most);
  void fail(const Member& member, const std::string& what);
  [[nodiscard]] std::uint32_t length(std::uint64_t seed, std::uint16_t opener_port) const noexcept;

  std::uint64_t own_, other_;
  std::uint32_t slow_every_;
  StreamLengths lengths_;
  std::vector<Member> members_;     ///< by connection index
  std::deque<std::uint32_t> slow_;  ///< members with something to read
  std::optional<Time> next_read_;
  std::size_t done_ = 0;
  std::string error_;
};

}  // namespace millrace::sim
