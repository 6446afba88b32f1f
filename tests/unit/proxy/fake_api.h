// A stack that a test plays by hand: it takes the place of stack::Shard under the api classes.
//
// The test is the peer: it accepts, sends, acknowledges, closes and resets; each of these records the event that the
// real stack would record, with the user value stored at that moment. turn() hands the events over. What the
// application did to a connection is found in FakeConnection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/app.h"
#include "api/shard.h"

namespace millrace::stack {

struct FakeConnection {
  api::Endpoint local, remote;
  std::uint64_t received = 0;
  Duration age{0};
  api::ConnectionOptions options;
  std::vector<api::IpAddress> sources;  ///< from which it may be opened
  std::uint64_t user = 0;
  bool stale = false;   ///< given up, or Closed and the burst is over
  bool closed = false;  ///< Closed was recorded
  std::string receive_queue;
  std::string delivered;        ///< everything ever put into the send queue
  std::size_t acked = 0;        ///< of it
  std::size_t room = 1u << 20;  ///< bound of the send queue
  bool peer_fin = false;
  bool wants_writable = false;
  // What the application did.
  int shutdowns = 0;
  int closes = 0;
  int aborts = 0;
  int aborts_after_data = 0;
  api::CloseRule rule = api::CloseRule::None;  ///< of the abort
  [[nodiscard]] std::size_t unacked() const { return delivered.size() - acked; }
};

class Shard {
 public:
  using Id = api::ConnectionId;
  static constexpr std::uint16_t kFirstListener = 10;  ///< not 0: the proxy must map numbers to listeners
  struct Listener {
    api::Endpoint local;
    api::ListenOptions options;
    bool stopped = false;
  };

  [[nodiscard]] api::Shard api() { return api::Shard(*this); }
  [[nodiscard]] FakeConnection& at(Id id) { return connections.at(id.index); }
  [[nodiscard]] FakeConnection* live(Id id);

  // The peer's side.
  Id accept(std::uint16_t listener = kFirstListener);
  void connected(Id id);
  void sends(Id id, std::string_view bytes);
  void fin(Id id);
  void gone(Id id, api::CloseReason reason);
  void gone(Id id, api::CloseRule rule);
  /// The peer acknowledges `bytes`; Writable follows if the application waits for room.
  void acks(Id id, std::size_t bytes);

  void record(api::EventKind kind, Id id, api::CloseReason reason = api::CloseReason::None, std::uint32_t bytes = 0);
  /// Hands the recorded events to the application, then its turn.
  template <class App>
  void turn(App& app) {
    std::vector<api::Event> burst;
    burst.swap(events);
    if (!burst.empty()) app.on_events(api(), burst);
    for (FakeConnection& c : connections) c.stale |= c.closed;
    app.on_turn(api(), now);
  }

  [[nodiscard]] Id last() const { return {0, static_cast<std::uint32_t>(connections.size() - 1), 1}; }

  Time now = time_from_ns(1'000'000'000);
  std::vector<FakeConnection> connections;
  std::vector<Listener> listeners;
  std::vector<api::Event> events;
  std::vector<std::optional<api::Error>> connect_script;  ///< answers to the next connects, in order; then success
  std::optional<api::Error> listen_error;
  std::size_t connects = 0;
  std::uint32_t time_waits = 0;
  std::uint32_t orphans = 0;  ///< connections that the stack holds besides those that are live here
  std::uint32_t orphans_reset = 0;
  bool sending = false;  ///< frames wait for a port
};

}  // namespace millrace::stack
