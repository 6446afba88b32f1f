// Pacing: segments leave when the rate says so, nobody starves, no wait is forgotten, and it ends with its connection.
#include <algorithm>

#include "sim/scenario.h"
#include "tcp/recovery.h"
#include "tcp/sender.h"

namespace millrace::sim {
namespace {

constexpr Duration kTick{1 << timer::PacingWheel::kTickShift};

/// What left at one instant.
struct Departure {
  Time at;
  std::uint64_t bytes;
};

class Pacing : public Scenario {
 protected:
  static ScenarioOptions far() {
    ScenarioOptions options;
    options.link.delay = milliseconds{20};
    return options;
  }
  static api::ConnectOptions paced() {
    api::ConnectOptions options;
    options.pacing = true;
    return options;
  }

  tcp::Tcb& tcb() { return *world->a.shard().find(client.id()); }
  /// As an algorithm does that knows a rate.
  static void set_rate(stack::Shard& shard, const api::Connection& connection, cc::Rate rate) {
    tcp::recovery_start(*shard.find(connection.id()), shard.env()).window.pacing_rate = rate;
  }
  void set_rate(cc::Rate rate) { set_rate(world->a.shard(), client, rate); }
  const tcp::Departures& departures() { return world->a.shard().env().departures; }

  [[nodiscard]] std::vector<Departure> departed() const {
    std::vector<Departure> all;
    for (const Seen& s : seen_from(From::A, has_text)) {
      if (all.empty() || all.back().at != s.at) all.push_back({s.at, 0});
      all.back().bytes += s.frame.text.size();
    }
    return all;
  }

  void stream_all(std::uint64_t bytes, Duration limit = minutes{10}) {
    app_a.stream(client, bytes, 7, Then::Shutdown);
    ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }, limit));
    EXPECT_TRUE(app_b.told(server).received == stream_bytes(7, bytes));
  }
};

// One departure after the other is as far away as its bytes need at the rate, to the tick of the wheel.
TEST_F(Pacing, DeparturesAreSpacedAsTheRateSays) {
  start(far());
  establish();
  constexpr cc::Rate kRate = 1'250'000;  // 10 Mbit/s: half of what the window would allow
  EXPECT_EQ(client.send(text("warm")), 4u);
  run(milliseconds{100});
  app_b.told(server).received.clear();
  seen.clear();
  set_rate(kRate);
  tcp::set_window_of(tcb(), 100'000, world->a.shard().env());
  const Time begin = world->now();
  stream_all(500'000);
  const auto all = departed();
  ASSERT_GT(all.size(), 100u);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    ASSERT_LE(all[i].bytes, tcp::send_quantum(kRate, tcb().smss)) << i;
    const Duration exact{static_cast<std::int64_t>(all[i].bytes * 1'000'000'000 / kRate)};
    // The application writes in pieces, so a departure may be cut and go on later; it is never early.
    ASSERT_GE(all[i + 1].at - all[i].at + kTick, exact) << i;
    ASSERT_LE(all[i + 1].at - all[i].at, exact + kTick) << i;
  }
  EXPECT_TRUE(about(all.back().at - begin, milliseconds{400}, milliseconds{4}));
  server.close();
}

// What an ACK allows does not leave at once, and it takes no longer in the end.
TEST_F(Pacing, AWindowIsSpreadOverTheRoundTrip) {
  start(far());
  establish(paced());
  stream_all(1'000'000);
  const auto paced_departures = departed();
  const Duration paced_time = paced_departures.back().at - paced_departures.front().at;
  std::uint64_t most = 0;
  for (const Departure& each : paced_departures) most = std::max(most, each.bytes);
  EXPECT_LE(most, 2u * tcp::send_quantum(tcp::pacing_rate(tcb(), *world->a.shard().env().table.find_sender(tcb())),
                                         tcb().smss));
  EXPECT_LE(paced_departures.front().bytes, 2u * mss()) << "not the initial window";
  server.close();
  run(minutes{2});

  establish();
  stream_all(1'000'000);
  const auto departures = departed();
  EXPECT_GE(departures.front().bytes, 9u * (mss() - 12u));
  EXPECT_LE(to_ns(paced_time), to_ns(departures.back().at - departures.front().at) * 3 / 2);
  server.close();
}

// After idle time the window is still spread: no burst of ten.
TEST_F(Pacing, AfterIdleLeavesOneQuantum) {
  start(far());
  establish(paced());
  ASSERT_EQ(client.send(stream_bytes(1, 60'000)), 60'000u);
  run(seconds{5});
  seen.clear();
  ASSERT_EQ(client.send(stream_bytes(2, 60'000)), 60'000u);
  run(seconds{1});
  const auto all = departed();
  ASSERT_FALSE(all.empty());
  EXPECT_LE(all.front().bytes, 2u * mss());
  EXPECT_GT(all.size(), 10u);
  client.close();
  server.close();
}

// Far beyond the horizon of the wheel: three seconds between two departures, woken early and not too early.
TEST_F(Pacing, ASlowRateWaitsSeconds) {
  start(far());
  establish();
  set_rate(1000);
  app_a.stream(client, 12'000, 7, Then::Shutdown);
  run(seconds{20});
  const auto all = departed();
  ASSERT_GE(all.size(), 4u);
  for (std::size_t i = 0; i + 1 < all.size(); ++i)
    EXPECT_TRUE(about(all[i + 1].at - all[i].at, milliseconds{static_cast<std::int64_t>(all[i].bytes)}, kTick * 2));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(7, 12'000));
  server.close();
}

TEST_F(Pacing, ARateThatIsTakenAwayHoldsNothingBack) {
  start(far());
  establish();
  set_rate(100'000);
  app_a.stream(client, 14'000, 7);
  run(milliseconds{5});
  EXPECT_EQ(departures().waiting(), 1u);
  const std::size_t before = departed().size();
  set_rate(0);
  run(milliseconds{40});
  EXPECT_EQ(departures().waiting(), 0u);
  EXPECT_EQ(departed().size(), before + 1) << "all the rest at once";
  run(seconds{1});
  EXPECT_EQ(app_b.told(server).received.size(), 14'000u);
  client.close();
  server.close();
}

TEST_F(Pacing, OptionsSwitchItInTheMiddleOfAConnection) {
  start(far());
  establish();
  ASSERT_EQ(client.send(stream_bytes(1, 20'000)), 20'000u);
  run(seconds{1});
  EXPECT_EQ(departures().paced(), 0u) << "nothing is taken for who is not paced";
  api::ConnectionOptions options;
  options.pacing = true;
  client.set_options(options);
  seen.clear();
  ASSERT_EQ(client.send(stream_bytes(1, 20'000)), 20'000u);
  run(milliseconds{250});  // a longer rest would be followed by pacing
  EXPECT_EQ(departures().paced(), 1u);
  EXPECT_GE(departed().size(), 6u);
  client.set_options({});
  seen.clear();
  ASSERT_EQ(client.send(stream_bytes(1, 10'000)), 10'000u);
  run(seconds{1});
  EXPECT_GE(departed().front().bytes, 6u * (mss() - 12u)) << "all but what Nagle keeps";
  client.close();
  server.close();
}

// BBR asks for a rate by itself, and who switches to it in the middle is paced from then on.
TEST_F(Pacing, BbrIsPacedUnasked) {
  ScenarioOptions options = far();
  options.link.bits_per_second = 20'000'000;
  start(options);
  establish();
  ASSERT_EQ(client.send(stream_bytes(1, 20'000)), 20'000u);
  run(seconds{1});
  EXPECT_EQ(client.info().pacing_rate, 0u);
  api::ConnectionOptions bbr;
  bbr.congestion_control = api::CongestionControl::Bbr;
  client.set_options(bbr);
  app_b.told(server).received.clear();
  const Time begin = world->now();
  stream_all(2'000'000);
  EXPECT_EQ(client.info().congestion_control, "bbr");
  EXPECT_GT(client.info().pacing_rate, 1'000'000u);
  EXPECT_GT(client.info().delivery_rate, 1'000'000u);
  EXPECT_EQ(departures().paced(), 1u);
  EXPECT_LE(to_ms(world->now() - begin), 1600) << "0.8 s at the link's rate";
  EXPECT_EQ(client.info().retransmits, 0u);
  server.close();
}

// However it ends, nothing stays on the wheel.
TEST_F(Pacing, AnAbortEndsTheWait) {
  start(far());
  establish();
  set_rate(10'000);
  app_a.stream(client, 100'000, 7);
  run(milliseconds{50});
  EXPECT_EQ(departures().waiting(), 1u);
  EXPECT_EQ(departures().paced(), 1u);
  client.abort();
  EXPECT_EQ(departures().waiting(), 0u);
  EXPECT_EQ(departures().paced(), 0u);
  run(seconds{1});
}

TEST_F(Pacing, AResetByThePeerEndsTheWait) {
  start(far());
  establish();
  set_rate(10'000);
  app_a.stream(client, 100'000, 7);
  run(milliseconds{50});
  server.abort();
  run(milliseconds{50});
  EXPECT_EQ(departures().waiting(), 0u);
  EXPECT_EQ(departures().paced(), 0u);
}

// Loss is repaired while segments wait for their time.
TEST_F(Pacing, LossIsRepairedAtTheRate) {
  start(far());
  establish(paced());
  lose(From::A, has_text, 5, 1);
  lose(From::A, has_text, 60, 3);
  lose(From::A, has_text, 150, 10);
  stream_all(600'000);
  EXPECT_GE(client.info().retransmits, 14u);
  server.close();
}

// Hundreds that are due at the same instant are woken a bounded number per turn, and all of them get their share.
TEST_F(Pacing, HundredsShareTheWorkOfManyTurns) {
  constexpr std::size_t kConnections = 800;
  constexpr std::uint64_t kBytes = 6000;
  keep_frames = false;
  ScenarioOptions options;
  options.a.limits = options.b.limits = {kConnections, kConnections, kConnections};
  options.a.data_packets = options.b.data_packets = 12'287;
  options.a.control_packets = options.b.control_packets = 12'287;
  options.listen.half_open_limit = kConnections;
  start(options);
  std::vector<api::Connection> clients;
  for (std::size_t i = 0; i < kConnections; ++i) {
    clients.push_back(open());
    if (i == 0) run(milliseconds{50});  // the peer's address is asked for; later SYNs are not lost
  }
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == kConnections; }));
  run(milliseconds{50});
  for (const api::Connection& each : clients) {
    set_rate(world->a.shard(), each, 1'000'000);
    app_a.stream(each, kBytes, 3, Then::Close);
  }
  // The first quantum of each is out, and the next is due for all of them at about the same time.
  run(milliseconds{1});
  ASSERT_EQ(departures().waiting(), kConnections);
  world->clock.advance(milliseconds{4});
  std::size_t turns = 0;
  while (departures().waiting() > 0 && turns < 1000) {
    const std::size_t before = departures().waiting();
    world->a.turn();
    ASSERT_LE(before - std::min(before, departures().waiting()), stack::Shard::kDeparturesPerTurn);
    ++turns;
  }
  EXPECT_GE(turns, kConnections / stack::Shard::kDeparturesPerTurn);
  for (api::Connection each : app_b.accepted) {
    ASSERT_TRUE(run_until([&] { return app_b.told(each).peer_closed; }, seconds{10}));
    ASSERT_EQ(app_b.told(each).received.size(), kBytes);
    each.close();
  }
}

}  // namespace
}  // namespace millrace::sim
