// Paths without an established connection: a whole short connection, and a SYN of a flood.
#include <array>
#include <vector>

#include "api/app.h"
#include "count.h"
#include "paths.h"
#include "proxy/proxy.h"
#include "scene.h"

namespace millrace::bench {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint64_t kClient = 1;
constexpr std::array<std::byte, 64> kText{};
constexpr std::size_t kArpFrame = 42;

/// Answers 64 bytes with 64 bytes and closes.
class AnswerAndClose {
 public:
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind != api::EventKind::Readable) continue;
      api::Connection connection = shard.connection(event.connection);
      std::array<std::byte, kText.size()> request;
      if (connection.readable() < request.size()) continue;
      (void)connection.receive(request);
      (void)connection.send(request);
      connection.close();
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

class Idle {
 public:
  void on_events(api::Shard, std::span<const api::Event>) {}
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

/// `n` SYNs as the peer's stack sends them, recorded on their way.
std::vector<std::vector<std::byte>> record_syns(Scene& scene, std::size_t n) {
  std::vector<std::vector<std::byte>> syns;
  for (std::size_t i = 0; i < n; ++i)
    if (!scene.peer.shard().connect(tested_endpoint(kHttpPort))) fail("a SYN cannot be made");
  for (bool more = true; more;) {
    more = scene.peer.advance(scene.peer.now());
    more |= scene.peer.output([&](std::span<const std::byte> frame) {
      if (frame.size() > kArpFrame) syns.emplace_back(frame.begin(), frame.end());
    }) > 0;
  }
  if (syns.size() != n) fail("a SYN was not sent");
  return syns;
}

}  // namespace

void count_connection() {
  constexpr std::size_t kPerTurn = 32;
  constexpr std::size_t kWarmUp = 8, kRounds = 64;
  AnswerAndClose server;
  PeerApp client;
  std::size_t answered = 0;
  client.on_event = [&](api::Connection connection, const api::Event& event) {
    if (event.kind == api::EventKind::Connected) (void)connection.send(kText);
    if (event.kind != api::EventKind::PeerClosed) return;
    answered += connection.readable() == kText.size() ? 1 : 0;
    connection.consume(connection.readable());
    connection.close();
  };
  Scene scene{tested_settings(), api::AppRef{server}, peer_settings(), api::AppRef{client}};
  if (!scene.tested.shard().listen(tested_endpoint(kHttpPort))) fail("the server does not listen");
  const auto rounds = [&](std::size_t n) {
    answered = 0;
    api::ConnectOptions options;
    options.local_port = 10'000;  // none twice: a SYN from a port whose connection is in TIME-WAIT takes another path
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < kPerTurn; ++k, ++options.local_port)
        if (!scene.peer.shard().connect(tested_endpoint(kHttpPort), options)) fail("a client cannot connect");
      scene.settle();
    }
    if (answered != n * kPerTurn) fail("a connection was not answered and closed");
    if (scene.tested.shard().time_waits() != n * kPerTurn) fail("a connection is not in TIME-WAIT");
    scene.run_for(minutes{3});
    if (scene.tested.shard().time_waits() != 0) fail("TIME-WAIT has not ended");
  };
  rounds(kWarmUp);
  begin_count();
  rounds(kRounds);
  end_count("instr.connection", kRounds * kPerTurn);
}

void count_proxied_connection() {
  constexpr std::uint16_t kServerPort = 8080;
  constexpr std::size_t kPerTurn = 32;
  constexpr std::size_t kWarmUp = 8, kRounds = 64;
  proxy::Proxy proxy{proxy_settings(kHttpPort, kServerPort), 2 * kPerTurn};

  // The peer is the client and the server.
  PeerApp peer;
  std::size_t answered = 0;
  peer.on_event = [&](api::Connection connection, const api::Event& event) {
    const bool client = event.user == kClient;
    if (event.kind == api::EventKind::Connected) (void)connection.send(kText);
    if (event.kind == api::EventKind::Readable && !client) {
      connection.consume(connection.readable());
      (void)connection.send(kText);
      connection.close();
    }
    if (event.kind != api::EventKind::PeerClosed || !client) return;
    answered += connection.readable() == kText.size() ? 1 : 0;
    connection.consume(connection.readable());
    connection.close();
  };
  Scene scene{tested_settings(), api::AppRef{proxy}, peer_settings(), api::AppRef{peer}};
  if (proxy.start(scene.tested.shard())) fail("the proxy does not listen");
  if (!scene.peer.shard().listen(peer_endpoint(kServerPort))) fail("the server does not listen");
  const auto rounds = [&](std::size_t n) {
    answered = 0;
    api::ConnectOptions options;
    options.user = kClient;
    options.local_port = 10'000;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < kPerTurn; ++k, ++options.local_port)
        if (!scene.peer.shard().connect(tested_endpoint(kHttpPort), options)) fail("a client cannot connect");
      scene.settle();
    }
    scene.run_for(minutes{3});
    // A server whose connection from the same port is in TIME-WAIT may want a second SYN, a second later.
    if (answered != n * kPerTurn) fail("a connection was not answered and closed");
    if (scene.tested.shard().time_waits() != 0) fail("TIME-WAIT has not ended");
  };
  rounds(kWarmUp);
  begin_count();
  rounds(kRounds);
  end_count("instr.proxied_connection", kRounds * kPerTurn);
}

void count_syn_cookie() {
  constexpr std::size_t kPerTurn = 32;
  constexpr std::size_t kWarmUp = 256, kSyns = 1024;  // as many as the peer's ring holds, in all
  Idle server, client;
  Scene scene{tested_settings(), api::AppRef{server}, peer_settings(), api::AppRef{client}};
  api::ListenOptions options;
  options.syn_cookies = api::SynCookies::Always;
  if (!scene.tested.shard().listen(tested_endpoint(kHttpPort), options)) fail("the server does not listen");

  std::size_t answers = 0;
  scene.on_sent = [&](std::span<const std::byte>) { ++answers; };
  scene.peer_hears = false;
  const auto flood = [&](const std::vector<std::vector<std::byte>>& syns) {
    answers = 0;
    for (std::size_t at = 0; at < syns.size(); at += kPerTurn) {
      for (std::size_t i = at; i < at + kPerTurn; ++i)
        if (!scene.tested.input(syns[i])) fail("the tested stack lost a frame");
      scene.step();
    }
    if (answers != syns.size()) fail("a SYN was not answered");
  };
  flood(record_syns(scene, kWarmUp));
  const auto syns = record_syns(scene, kSyns);
  begin_count();
  flood(syns);
  end_count("instr.syn_cookie", kSyns);
}

}  // namespace millrace::bench
