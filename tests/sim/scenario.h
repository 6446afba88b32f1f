// The fixture of the scenarios: two hosts, a clean link of 1 ms each way, every TCP frame kept with its time, and rules
// that lose chosen ones. When a test ends, time passes and both hosts must have nothing left.
//
// Host A opens, host B listens on port 80, unless a test says otherwise. Frames are kept as they are sent, lost or not.
// Both hosts have the IP version `family`: IPv4 unless the fixture sets another, or MILLRACE_SIM_FAMILY does. A suite
// that runs on both derives from Scenario and testing::WithParamInterface<Family> and sets family = GetParam().
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/family.h"
#include "sim/manual_app.h"
#include "sim/tcp_frame.h"
#include "sim/world.h"

namespace millrace::sim {

enum class From { A, B };

struct Seen {
  Time at;
  From from;
  TcpFrame frame;
  bool lost;
  wire::MacAddress to;  ///< the Ethernet destination
};

struct ScenarioOptions {
  HostOptions a, b;
  LinkProfile link;
  api::ListenOptions listen;
  ScenarioOptions();
};

class Scenario : public testing::Test {
 protected:
  using Match = std::function<bool(const TcpFrame&)>;
  using Then = ManualApp::Then;

  /// Makes the world, on `family` whatever the options say, and listens on B's port 80.
  void start(const ScenarioOptions& options = {});
  /// Active OPEN by A; nothing has run yet.
  api::Connection open(const api::ConnectOptions& options = {});
  /// The handshake, complete on both sides; `server` is the other end. Forgets the frames seen so far.
  api::Connection establish(const api::ConnectOptions& options = {});

  /// A host loses its power and starts again, application and all: its tables are empty, its secrets are new, and
  /// nobody was told. B listens again.
  void restart(From side);

  /// Loses frames from one side that match: `count` of them, beginning with the `nth`.
  void lose(From from, Match match, int nth = 1, int count = 1);
  /// Puts a forged frame onto the link that leads away from `from`; no rule loses it.
  void inject(From from, const TcpFrame& frame);
  /// A forged ACK from `from`'s end: what it would send after its last frame. The test changes what it needs.
  [[nodiscard]] TcpFrame next_of(From from) const;

  /// "A S", "B S.", "A ." ... of the frames seen.
  [[nodiscard]] std::vector<std::string> shapes() const;
  [[nodiscard]] std::vector<Seen> seen_from(From from, const Match& match) const;
  [[nodiscard]] std::string state(const api::Connection& connection) const { return connection.info().state; }
  void run(Duration span) { world->run_for(span); }
  bool run_until(const std::function<bool()>& done, Duration limit = minutes{10}) {
    return world->run_until(done, limit);
  }
  [[nodiscard]] Host& host(From side) { return side == From::A ? world->a : world->b; }
  [[nodiscard]] ManualApp& app(From side) { return side == From::A ? app_a : app_b; }
  [[nodiscard]] const tcp::TcpCounters& count(From from) { return host(from).shard().tcp_counters(); }
  [[nodiscard]] std::uint64_t outcomes(From from, tcp::Outcome outcome) {
    return count(from).outcome[static_cast<std::size_t>(outcome)].get();
  }

  void TearDown() override;

  /// What both hosts announce as their MSS, if their MTU is 1500.
  [[nodiscard]] std::uint16_t mss() const noexcept { return static_cast<std::uint16_t>(1500 - header_size(family)); }

  Family family = forced_family().value_or(Family::V4);
  std::unique_ptr<World> world;
  ManualApp app_a, app_b;
  api::Connection client, server;
  std::vector<Seen> seen;
  bool keep_frames = true;  ///< false: only the rules look at frames

 private:
  struct Rule {
    From from;
    Match match;
    int skip;
    int count;
  };
  bool tamper(From from, const io::Frame& frame);
  void listen();

  ScenarioOptions options_;
  std::vector<Rule> rules_;
  bool forging_ = false;
  TcpFrame last_[2];  ///< from A and from B, resets aside
};

// What rules and searches look for.
inline bool is_syn(const TcpFrame& f) { return f.tcp.ctl.syn() && !f.tcp.ctl.ack(); }
inline bool is_syn_ack(const TcpFrame& f) { return f.tcp.ctl.syn() && f.tcp.ctl.ack(); }
inline bool is_fin(const TcpFrame& f) { return f.tcp.ctl.fin(); }
inline bool is_rst(const TcpFrame& f) { return f.tcp.ctl.rst(); }
inline bool has_text(const TcpFrame& f) { return !f.text.empty(); }
inline bool is_bare_ack(const TcpFrame& f) { return f.tcp.ctl.bits == wire::Ctl::kAck && f.text.empty(); }
inline bool is_any(const TcpFrame&) { return true; }

[[nodiscard]] std::vector<std::byte> text(std::string_view words);

/// Two instants that differ by less than `slack` (timers count in ticks of 16 us).
[[nodiscard]] testing::AssertionResult about(Duration is, Duration should, Duration slack = microseconds{100});

}  // namespace millrace::sim
