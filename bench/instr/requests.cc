// Paths on established connections with little text: requests, the idle turn, ACKs alone.
#include <array>
#include <deque>
#include <vector>

#include "api/app.h"
#include "count.h"
#include "echo_app.h"
#include "paths.h"
#include "scene.h"

namespace millrace::bench {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::uint16_t kEchoPort = 7;
constexpr std::array<std::byte, 1> kByte{std::byte{'x'}};

echo::EchoApp echo_service() {
  echo::ListenerSettings listener;
  listener.local = tested_endpoint(kEchoPort);
  listener.options.no_delay = true;
  return echo::EchoApp{{&listener, 1}};
}

/// Clients of the echo service on 64 connections, all established.
class EchoScene {
 public:
  EchoScene() {
    client_.on_event = [this](api::Connection connection, const api::Event& event) { on_event(connection, event); };
    if (app_.listen(scene.tested.shard())) fail("the echo service does not listen");
    for (std::size_t i = 0; i < kConnections; ++i)
      if (!scene.peer.shard().connect(tested_endpoint(kEchoPort), options())) fail("a client cannot connect");
    scene.settle();
    if (ready_.size() != kConnections) fail("a client is not connected");
  }

  /// A byte on each of `n` connections, those that have waited longest.
  void ask(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      api::Connection connection = scene.peer.shard().connection(ready_.front());
      ready_.pop_front();
      if (connection.send(kByte) != kByte.size()) fail("a request finds no room");
    }
  }

  [[nodiscard]] std::uint64_t answers() const noexcept { return answers_; }

 private:
  static api::ConnectOptions options() {
    api::ConnectOptions options;
    options.no_delay = true;
    return options;
  }

  void on_event(api::Connection connection, const api::Event& event) {
    if (event.kind == api::EventKind::Connected) {
      ready_.push_back(connection.id());
    } else if (event.kind == api::EventKind::Readable) {
      connection.consume(connection.readable());
      ready_.push_back(connection.id());
      ++answers_;
    }
  }

  std::deque<api::ConnectionId> ready_;
  std::uint64_t answers_ = 0;
  echo::EchoApp app_ = echo_service();
  PeerApp client_;

 public:
  Scene scene{tested_settings(), api::AppRef{app_}, peer_settings(), api::AppRef{client_}};
};

/// An application that sends a byte on all its connections when it is told to.
class Announcer {
 public:
  void on_events(api::Shard, std::span<const api::Event> events) {
    for (const api::Event& event : events)
      if (event.kind == api::EventKind::Accepted) connections_.push_back(event.connection);
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

  void announce(api::Shard shard) {
    for (const api::ConnectionId& id : connections_)
      if (shard.connection(id).send(kByte) != kByte.size()) fail("an announcement finds no room");
  }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  /// Bytes that nobody has acknowledged.
  [[nodiscard]] std::size_t outstanding(api::Shard shard) const {
    std::size_t sum = 0;
    for (const api::ConnectionId& id : connections_) sum += shard.connection(id).unacknowledged();
    return sum;
  }

 private:
  std::vector<api::ConnectionId> connections_;
};

}  // namespace

void count_request() {
  constexpr std::size_t kPerTurn = 32;
  constexpr std::size_t kWarmUp = 64, kRounds = 512;
  EchoScene echo;
  const auto round = [&] {
    echo.ask(kPerTurn);
    echo.scene.settle();
  };
  for (std::size_t i = 0; i < kWarmUp; ++i) round();
  const std::uint64_t before = echo.answers();
  begin_count();
  for (std::size_t i = 0; i < kRounds; ++i) round();
  end_count("instr.request", kRounds * kPerTurn);
  if (echo.answers() - before != kRounds * kPerTurn) fail("a request got no answer");
}

void count_idle_turn() {
  constexpr std::size_t kTurns = 1024;
  EchoScene echo;
  echo.scene.run_for(seconds{1});
  begin_count();
  for (std::size_t i = 0; i < kTurns; ++i) {
    const Counted counted;
    (void)echo.scene.tested.advance(echo.scene.tested.now());
  }
  end_count("instr.idle_turn", kTurns);
}

void count_pure_ack() {
  constexpr std::size_t kRounds = 128;
  Announcer server;
  PeerApp client;
  client.on_event = [](api::Connection connection, const api::Event&) {
    connection.consume(connection.readable());
    connection.acknowledge_now();
  };
  Scene scene{tested_settings(), api::AppRef{server}, peer_settings(), api::AppRef{client}};
  if (!scene.tested.shard().listen(tested_endpoint(kEchoPort))) fail("the server does not listen");
  for (std::size_t i = 0; i < kConnections; ++i)
    if (!scene.peer.shard().connect(tested_endpoint(kEchoPort))) fail("a client cannot connect");
  scene.settle();
  if (server.connections() != kConnections) fail("a client is not connected");

  // The turn that sends is not counted, only the one that takes the ACKs.
  const auto round = [&] {
    server.announce(scene.tested.shard());
    while (scene.tested.advance(scene.tested.now())) {
    }
    if (server.outstanding(scene.tested.shard()) != kConnections) fail("an announcement was not sent");
    scene.settle();
    if (server.outstanding(scene.tested.shard()) != 0) fail("an ACK is missing");
  };
  for (std::size_t i = 0; i < 8; ++i) round();
  begin_count();
  for (std::size_t i = 0; i < kRounds; ++i) round();
  end_count("instr.pure_ack", kRounds * kConnections);
}

}  // namespace millrace::bench
