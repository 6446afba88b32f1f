// A receiver that is short of packets (tcp/pressure): what it gives up, in which order, and what never stops. New
// connections go first, right edges stop but never move back, what does not fit is dropped without an acknowledgment,
// so no byte is lost, and the control plane answers.
#include <algorithm>
#include <memory>
#include <optional>

#include "base/random.h"
#include "sim/control_frame.h"
#include "sim/scenario.h"
#include "stack/connection_list.h"

namespace millrace::sim {
namespace {

/// What an acknowledgment promises.
struct Promise {
  wire::SeqNum ack;
  wire::SeqNum edge;
};

class UnderPressure : public Scenario {
 protected:
  std::uint32_t pool_size() { return world->b.data_pool().size(); }
  /// From now on so many packets of B's data pool are free, and B has noticed.
  void leave(std::uint32_t packets) {
    pkt::PacketPool& pool = world->b.data_pool();
    while (pool.available() > packets) hoard_.push_back(pool.alloc());
    while (pool.available() < packets && !hoard_.empty()) {
      hoard_.back()->free();
      hoard_.pop_back();
    }
    for (int i = 0; i < 32; ++i) (void)world->b.turn();  // measured once in 32 turns
  }
  void give_back() { leave(pool_size()); }
  void TearDown() override {
    give_back();
    Scenario::TearDown();
  }

  /// A connection of A; its handshake is among the frames seen. B's end is the next of app_b.accepted.
  api::Connection connect() {
    const api::Connection connection = open();
    EXPECT_TRUE(run_until([&] { return app_a.told(connection).open; }));
    run(milliseconds{10});
    return connection;
  }
  /// B's promises to this port of A, in the order of its segments.
  std::vector<Promise> promises(std::uint16_t port) const {
    std::vector<Promise> found;
    unsigned shift = 0;
    for (const Seen& s : seen_from(From::B, is_any)) {
      const wire::TcpHeader& tcp = s.frame.tcp;
      if (tcp.destination_port != port) continue;
      found.push_back({tcp.ack, tcp.ack + (std::uint32_t{tcp.window} << shift)});
      if (tcp.ctl.syn()) shift = tcp.options.window_scale;
    }
    return found;
  }
  Promise last_promise(const api::Connection& connection) const {
    return promises(connection.info().local.port).back();
  }
  const std::vector<std::byte>& received(std::size_t n) { return app_b.told(app_b.accepted[n]).received; }
  std::uint64_t syns_refused() { return outcomes(From::B, tcp::Outcome::DroppedPressure); }

 private:
  std::vector<pkt::Packet*> hoard_;
};

/// Below a quarter the edges of who leaves data stand still; others notice nothing.
TEST_F(UnderPressure, WhoLeavesDataIsHeldBackFirst) {
  start();
  api::Connection reads = connect(), leaves = connect();
  app_b.stalls = [this](const api::Connection& c) { return c.id() == app_b.accepted[1].id(); };
  leave(pool_size() / 5);
  const Promise of_reader = last_promise(reads), of_other = last_promise(leaves);
  app_a.stream(reads, 200'000, 1);
  app_a.stream(leaves, 200'000, 2);
  run(milliseconds{500});
  EXPECT_EQ(received(0).size(), 200'000u);
  EXPECT_GE(last_promise(reads).edge - of_reader.edge, 200'000u - 2 * mss());
  // The field counts in units of 128 bytes, and a promise is rounded up.
  EXPECT_LT(last_promise(leaves).edge - of_other.edge, 128 * promises(leaves.info().local.port).size());
  EXPECT_GT(last_promise(leaves).ack, of_other.ack) << "what was promised is kept";
  api::Connection late = connect();
  EXPECT_EQ(syns_refused(), 0u);
  give_back();
  app_b.stalls = nullptr;
  app_b.read_all();
  ASSERT_TRUE(run_until([&] { return received(1).size() == 200'000; }));
  EXPECT_TRUE(received(1) == stream_bytes(2, 200'000));
  for (api::Connection* c : {&reads, &leaves, &late}) c->abort();
}

/// Below an eighth new connections are refused while the edges of who reads move; below a sixteenth they stand still
/// too, and what comes is not acknowledged.
TEST_F(UnderPressure, NewConnectionsAreRefusedBeforeReadersAreHeldBack) {
  start();
  api::Connection reads = connect();
  leave(pool_size() / 10);
  Promise before = last_promise(reads);
  api::Connection late = open();
  app_a.stream(reads, 200'000, 6);
  run(milliseconds{500});
  EXPECT_FALSE(app_a.told(late).open);
  EXPECT_EQ(syns_refused(), 1u);
  EXPECT_EQ(received(0).size(), 200'000u);
  EXPECT_GE(last_promise(reads).edge - before.edge, 200'000u - 2 * mss());

  leave(pool_size() / 20);
  before = last_promise(reads);
  app_a.stream(reads, 100'000, 7);
  run(milliseconds{400});
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedMemory), 0u);
  EXPECT_EQ(last_promise(reads).edge, before.edge);
  EXPECT_EQ(last_promise(reads).ack, before.ack);
  EXPECT_EQ(received(0).size(), 200'000u);

  give_back();
  ASSERT_TRUE(run_until([&] { return received(0).size() == 300'000 && app_a.told(late).open; }));
  std::vector<std::byte> all = stream_bytes(6, 200'000);
  const std::vector<std::byte> rest = stream_bytes(7, 100'000);
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_TRUE(received(0) == all);
  reads.abort();
  late.abort();
}

class Shaken : public UnderPressure, public testing::WithParamInterface<std::uint64_t> {
 protected:
  /// How often B has taken back what it had promised.
  std::size_t moves_back(std::uint16_t port) const {
    std::size_t moves = 0;
    std::optional<wire::SeqNum> edge;
    for (const Promise& promise : promises(port)) {
      if (edge && promise.edge < *edge) ++moves;
      edge = promise.edge;
    }
    return moves;
  }
};

/// What is free changes at random while connections send both ways and half of them are read late.
TEST_P(Shaken, EdgesNeverMoveBackAndNoByteIsLost) {
  constexpr std::uint64_t kConnections = 20, kBytes = 300'000;
  start();
  base::Random random{GetParam()};
  std::vector<api::Connection> clients;
  std::vector<std::uint16_t> ports;
  for (std::uint64_t i = 0; i < kConnections; ++i) {
    clients.push_back(connect());
    ports.push_back(clients.back().info().local.port);
  }
  app_b.stalls = [](const api::Connection& c) { return c.id().index % 2 == 0; };
  for (std::uint64_t i = 0; i < kConnections; ++i) {
    app_a.stream(clients[i], kBytes, i, Then::Shutdown);
    app_b.stream(app_b.accepted[i], kBytes, 100 + i, Then::Shutdown);
  }
  for (int round = 0; round < 200; ++round) {
    leave(static_cast<std::uint32_t>(8 + random.below(pool_size() / 3)));
    run(milliseconds{static_cast<std::int64_t>(1 + random.below(10))});
    if (round % 4 == 0) app_b.read_all();
  }
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedMemory), 0u);
  give_back();
  app_b.stalls = nullptr;
  app_b.read_all();
  const auto all_closed = [&] {
    return std::all_of(clients.begin(), clients.end(), [&](const auto& c) { return app_a.told(c).closed; });
  };
  ASSERT_TRUE(run_until(all_closed));
  for (std::uint64_t i = 0; i < kConnections; ++i) {
    EXPECT_TRUE(received(i) == stream_bytes(i, kBytes)) << i;
    EXPECT_TRUE(app_a.told(clients[i]).received == stream_bytes(100 + i, kBytes)) << i;
    EXPECT_EQ(moves_back(ports[i]), 0u) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Shaken, testing::Range(std::uint64_t{1}, std::uint64_t{5}));

class Control : public UnderPressure {
 protected:
  static constexpr std::uint32_t kConnections = 600;

  void connect_all() {
    ScenarioOptions options;
    options.a.limits = options.b.limits = {kConnections, kConnections, kConnections};
    start(options);
    keep_frames = false;
    for (std::uint32_t i = 0; i < kConnections; ++i) clients.push_back(open());
    ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == kConnections; }));
  }
  /// A asks B.
  void ask(io::Frame question) {
    world->a_to_b.send(std::move(question), world->now());
    run(milliseconds{5});
  }
  /// A makes nothing of a reply that it did not wait for, but counts it.
  std::uint64_t echo_replies() { return world->a.shard().ip_counters().dropped(ip::DropReason::IcmpNotHandled); }
  std::uint64_t neighbor_answers() {
    const ip::IpCounters& count = world->a.shard().ip_counters();
    return count.arp_packets.get() + count.ndp_messages.get();
  }
  /// Lists all connections of B as telemetry does; returns how many turns that took.
  int list() {
    const auto page = std::make_shared<stack::ConnectionPage>();
    const auto slices = std::make_shared<int>(0);
    EXPECT_TRUE(world->b.inbox().post([this, page, slices] {
      ++*slices;
      return stack::fill_page(world->b.shard(), {}, ~std::size_t{0}, *page);
    }));
    int turns = 0;
    while (world->b.inbox().waiting() > 0 && turns < 100) {
      (void)world->b.turn();
      EXPECT_EQ(*slices, ++turns) << "one slice per turn";
    }
    EXPECT_EQ(page->rows.size(), kConnections);
    return turns;
  }
  void expect_answers() {
    const wire::IpAddress a = world->a.address(), b = world->b.address();
    const std::uint64_t replies = echo_replies(), answers = neighbor_answers();
    ask(build_echo_request(a, b, 56));
    EXPECT_EQ(echo_replies(), replies + 1);
    ask(build_who_has(a, b));
    EXPECT_EQ(neighbor_answers(), answers + 1);
    // Two tables of so many entries were touched, 256 of them are looked at in a turn.
    EXPECT_LE(list(), static_cast<int>(2 * kConnections / stack::kListSlice + 1));
  }

  std::vector<api::Connection> clients;
};

/// While text is dropped for want of packets, and when a single one is left.
TEST_F(Control, AnswersWhateverIsLeft) {
  connect_all();
  leave(pool_size() / 20);
  for (api::Connection& c : clients) EXPECT_GT(c.send(text("what is not kept")), 0u);
  run(milliseconds{100});
  EXPECT_GE(outcomes(From::B, tcp::Outcome::DroppedMemory), kConnections);
  expect_answers();
  give_back();
  run(seconds{10});
  leave(1);
  for (int i = 0; i < 3; ++i) expect_answers();
  give_back();
  for (api::Connection& c : clients) c.abort();
}

}  // namespace
}  // namespace millrace::sim
