// The application of the scenarios: keeps what it was told, reads what arrives unless told to stall, and can be given a
// stream to send. Everything else is done by the test, between two runs of the world.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "sim/host.h"

namespace millrace::sim {

/// What the application knows of one connection.
struct Told {
  bool open = false;  ///< Accepted or Connected
  bool peer_closed = false;
  bool ended = false;  ///< over, with bytes left to read
  bool closed = false;
  api::CloseReason reason = api::CloseReason::None;
  api::CloseRule rule = api::CloseRule::None;
  std::vector<std::byte> received;
  std::vector<api::SoftError> soft_errors;
  int receive_timeouts = 0;
  int urgent = 0;
};

class ManualApp : public HostApp {
 public:
  enum class Then { Nothing, Shutdown, Close, AbortAfterData };

  void on_event(api::Shard shard, const api::Event& event) override;
  void on_turn(api::Shard, Time) override {
    if (every_turn) every_turn();
  }

  /// Sends `bytes` bytes of the stream of `seed` as room appears, in writes of `write` bytes, then does `then`.
  void stream(api::Connection connection, std::uint64_t bytes, std::uint64_t seed, Then then = Then::Nothing,
              std::uint32_t write = 8192);
  /// Reads what waits, of every connection.
  void read_all();

  [[nodiscard]] Told& told(const api::Connection& connection) { return told_[key(connection.id())]; }
  /// Accepted connections, in order.
  std::vector<api::Connection> accepted;
  bool reading = true;                                 ///< read on Readable
  std::function<bool(const api::Connection&)> stalls;  ///< true: does not read this one
  std::function<void()> every_turn;
  std::uint32_t read_at_once = ~0u;    ///< bytes at most per Readable
  std::vector<api::EventKind> events;  ///< of all connections, in order
  /// Called for every event, after it was noted.
  std::function<void(api::Connection, const api::Event&)> then;

 private:
  struct Sending {
    std::uint64_t seed = 0, sent = 0, total = 0;
    std::uint32_t write = 8192;
    Then then = Then::Nothing;
  };
  [[nodiscard]] static std::uint64_t key(const api::ConnectionId& id) {
    return std::uint64_t{id.index} << 32 | id.generation;
  }
  void read(api::Connection connection);
  void pump(api::Connection connection);

  std::map<std::uint64_t, Told> told_;
  std::map<std::uint64_t, Sending> sending_;
  std::map<std::uint64_t, api::Connection> open_;
};

/// The first `bytes` bytes of the stream of `seed` (see stream_byte).
[[nodiscard]] std::vector<std::byte> stream_bytes(std::uint64_t seed, std::uint64_t bytes);

}  // namespace millrace::sim
