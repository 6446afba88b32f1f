// More connections than packets. 5,000 that send both ways, half of them read slowly, over a link that loses frames,
// share a pool of 4,096 packets: none is stuck, no byte is lost, and the pool never runs dry. And 10,000 that all have
// a hole to repair at once hold no more than the budgets.
//
// MILLRACE_SIM_SEEDS=n plays a tenth of n seeds, MILLRACE_SIM_SEED=n that one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "sim/crowd.h"
#include "sim/tcp_frame.h"
#include "sim/world.h"

namespace millrace::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kDefaultSeeds = 4;
#else
constexpr std::uint64_t kDefaultSeeds = 24;
#endif
constexpr std::uint32_t kPackets = 4096;

std::uint64_t number_from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

HostOptions crowded_host(std::uint32_t address, std::uint32_t connections, std::uint32_t packets, std::uint64_t seed) {
  HostOptions host;
  host.family = forced_family().value_or(seed % 2 == 0 ? Family::V4 : Family::V6);
  host.address = address;
  host.seed = seed * 7 + address;
  host.data_packets = packets;
  host.control_packets = 4 * kPackets;
  host.limits = {connections, 2 * connections, connections};
  host.tcp.user_timeout = hours{1};
  host.pool_buffers = true;
  return host;
}

/// Two hosts and the crowd between them. What is asserted of every turn is kept as the worst that was seen.
class CrowdedWorld {
 public:
  CrowdedWorld(std::uint32_t connections, std::uint32_t packets, const LinkProfile& link, std::uint64_t seed,
               std::uint32_t slow_every, StreamLengths lengths = {})
      : world(crowded_host(0x0a000001, connections, packets, seed),
              crowded_host(0x0a000002, connections, packets, seed), link, link, seed),
        least_free(packets),
        count_(connections),
        clients_(seed, seed + 1000, slow_every, lengths),
        servers_(seed + 1000, seed, slow_every, lengths) {
    world.a.set_app(&clients_);
    world.b.set_app(&servers_);
    clients_.every_turn = [this] { look(world.a); };
    servers_.every_turn = [this] { look(world.b); };
  }

  /// Empty when all went well.
  std::string play() {
    api::ListenOptions listen;
    listen.half_open_limit = count_;
    // With a cookie, an ACK and the first segment lost would end in a reset: nothing is remembered.
    listen.syn_cookies = api::SynCookies::Cache;
    if (!world.b.api().listen({world.b.address(), 80}, listen)) return "listen failed";
    for (std::uint32_t i = 0; i < count_; ++i) {
      const auto opened = world.a.api().connect({world.b.address(), 80});
      if (!opened) return std::string{"connect failed: "} + api::to_string(opened.error());
      clients_.add(opened.value(), opened.value().info().local.port);
    }
    const auto wrong = [this] { return clients_.error() + servers_.error(); };
    const auto done = [&] { return !wrong().empty() || (clients_.done() == count_ && servers_.done() == count_); };
    if (!world.run_until(done, minutes{30}))
      return fmt::format("stuck: {} and {} of {} are done", clients_.done(), servers_.done(), count_);
    if (!wrong().empty()) return wrong();
    world.run_for(minutes{3});
    return world.a.leftovers() + world.b.leftovers();
  }

  World world;
  /// Free packets, at the worst moment.
  std::uint32_t least_free;
  /// By how much a gauge was above its bound, in packets.
  double receive_above = 0, send_above = 0;
  std::uint64_t most_held = 0;
  /// Connections of one host in recovery at once, by looks at every seventh turn.
  std::uint32_t most_in_recovery = 0;

 private:
  void look(Host& host) {
    const tcp::TcpCounters& count = host.shard().tcp_counters();
    const double packet = host.data_pool().packet_truesize();
    const auto above = [&](std::uint64_t is, double bound) { return (static_cast<double>(is) - bound) / packet; };
    least_free = std::min(least_free, host.data_pool().available());
    most_held = std::max(most_held, count.receive_memory.get());
    receive_above = std::max(receive_above,
                             above(count.receive_memory.get(), static_cast<double>(count.receive_budget.get()) * 1.5));
    send_above = std::max(send_above, above(count.send_memory.get(), static_cast<double>(count.send_budget.get())));
    if (looks_++ % 7 == 0) most_in_recovery = std::max(most_in_recovery, in_recovery(host.shard().table()));
  }

  static std::uint32_t in_recovery(const tcp::ConnectionTable& table) {
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < table.tcbs.touched(); ++i)
      if (table.in_use(i) && table.tcbs[i].phase != cc::Phase::Open) ++n;
    return n;
  }

  std::uint32_t count_;
  std::uint64_t looks_ = 0;
  Crowd clients_, servers_;
};

std::string crowd_of_seed(std::uint64_t seed) {
  base::Random random{seed};
  LinkProfile link;
  link.drop = static_cast<double>(random.below(30)) / 1000;
  link.delay = microseconds{static_cast<std::int64_t>(100 + random.below(5000))};
  link.jitter = microseconds{static_cast<std::int64_t>(random.below(500))};
  CrowdedWorld crowd(5000, kPackets, link, seed, 2);
  std::string wrong = crowd.play();
  if (crowd.least_free < kPackets / 32) wrong += fmt::format("only {} packets were free; ", crowd.least_free);
  if (crowd.least_free > kPackets / 4) wrong += fmt::format("never short: {} were free; ", crowd.least_free);
  if (crowd.send_above > 0) wrong += fmt::format("{} packets above the send budget; ", crowd.send_above);
  return wrong;
}

TEST(CrowdTest, FiveThousandConnectionsShareFourThousandPackets) {
  if (const std::uint64_t only = number_from_environment("MILLRACE_SIM_SEED", 0); only != 0) {
    EXPECT_EQ(crowd_of_seed(only), "") << "seed " << only;
    return;
  }
  const std::uint64_t seeds = number_from_environment("MILLRACE_SIM_SEEDS", kDefaultSeeds * 10) / 10;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    ASSERT_EQ(crowd_of_seed(seed), "") << "seed " << seed << "; replay with MILLRACE_SIM_SEED=" << seed;
}

/// Loses the first segment with text of every connection, each way.
Link::Tamper loses_first_text() {
  auto seen = std::make_shared<std::set<std::uint32_t>>();
  return [seen](const io::Frame& raw) {
    const auto frame = parse_tcp_frame(raw);
    if (!frame || frame->text.empty()) return false;
    const std::uint32_t ports = std::uint32_t{frame->tcp.source_port} << 16 | frame->tcp.destination_port;
    return seen->insert(ports).second;
  };
}

TEST(CrowdTest, TenThousandInRecoveryStayWithinTheBudgets) {
  constexpr std::uint32_t kEnough = 24 * kPackets;  // for each to send all that it has
  // All of them send at once, and hear of their loss, and repair it, within the same round trips.
  CrowdedWorld crowd(10'000, kEnough, {.delay = milliseconds{200}}, 7, 0, {2000, 2800});
  crowd.world.a_to_b.set_tamper(loses_first_text());
  crowd.world.b_to_a.set_tamper(loses_first_text());
  EXPECT_EQ(crowd.play(), "");
  EXPECT_GT(crowd.world.a.shard().tcp_counters().retransmits.get(), 9'999u);
  EXPECT_GT(crowd.world.b.shard().tcp_counters().retransmits.get(), 9'999u);
  EXPECT_GT(crowd.most_in_recovery, 9'900u) << "at once";
  EXPECT_GT(crowd.most_held, 1'000'000u) << "what is out of order waits";
  EXPECT_GE(crowd.least_free, kEnough / 32);
  EXPECT_LE(crowd.receive_above, kEnough / 32.0);
  EXPECT_LE(crowd.send_above, 0);
}

}  // namespace
}  // namespace millrace::sim
