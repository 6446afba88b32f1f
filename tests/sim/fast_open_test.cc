// TCP Fast Open between two hosts (RFC 7413), on IPv4 and IPv6: what it saves, and that links that lose, repeat and
// reorder cost no byte and bring none twice.
//
// Copies of a SYN stay within the life of its connection here. What happens beyond is a rule of its own, shown by
// FastOpenServer.ADuplicateAfterTheEndIsDeliveredAgain.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/stream_app.h"
#include "sim/world.h"

namespace millrace::sim {
namespace {

constexpr int kConnections = 6;

StreamPlan mirrored(const StreamPlan& plan) {
  StreamPlan mirror = plan;
  std::swap(mirror.bytes_in, mirror.bytes_out);
  std::swap(mirror.in_seed, mirror.out_seed);
  return mirror;
}

HostOptions host_of(std::uint64_t seed, std::uint32_t address) {
  HostOptions host;
  host.family = forced_family().value_or(seed % 2 == 0 ? Family::V4 : Family::V6);
  host.address = address;
  host.seed = seed * 7 + address;
  host.start = time_from_ns(1'000'000'000'000);
  return host;
}

/// A client that opens connections one after the other, and a server that accepts a few at a time with their SYN.
class FastOpenWorld {
 public:
  FastOpenWorld(std::uint64_t seed, const LinkProfile& ab, const LinkProfile& ba)
      : random_(seed),
        world_(host_of(seed, 0x0a000001), host_of(seed, 0x0a000002), ab, ba, seed),
        client_(seed),
        server_(seed + 1) {
    world_.a.set_app(&client_);
    world_.b.set_app(&server_);
    server_.plan_of_accepted = [this](const api::ConnectionInfo& info) { return plans_.at(info.remote.port); };
    api::ListenOptions listen;
    listen.fast_open = 2;
    listen.user_timeout = Duration::max();
    EXPECT_TRUE(world_.b.api().listen({world_.b.address(), 80}, listen));
  }

  void open(bool fast, const StreamPlan& plan) {
    api::ConnectOptions options;
    options.fast_open = fast;
    options.connect_timeout = hours{2};
    options.user_timeout = Duration::max();
    auto opened = world_.a.api().connect({world_.b.address(), 80}, options);
    ASSERT_TRUE(opened);
    plans_[opened.value().info().local.port] = mirrored(plan);
    client_.add_and_send(opened.value(), plan);
    ++opened_;
  }

  [[nodiscard]] bool finish() {
    return world_.run_until(
        [&] { return !error().empty() || (client_.all_closed(opened_) && server_.all_closed(opened_)); }, hours{4});
  }

  [[nodiscard]] std::string error() const { return client_.error() + server_.error(); }
  [[nodiscard]] std::string leftovers() {
    world_.run_for(minutes{5});
    return world_.a.leftovers() + world_.b.leftovers();
  }

  base::Random random_;
  World world_;
  StreamApp client_, server_;

 private:
  std::map<std::uint16_t, StreamPlan> plans_;
  std::size_t opened_ = 0;
};

LinkProfile bad_link(base::Random& random) {
  LinkProfile link;
  link.drop = static_cast<double>(random.below(25)) / 100;
  link.duplicate = static_cast<double>(random.below(20)) / 100;
  link.reorder = static_cast<double>(random.below(20)) / 100;
  link.corrupt = static_cast<double>(random.below(4)) / 100;
  link.delay = milliseconds{20};
  link.reorder_by = milliseconds{15};
  return link;
}

StreamPlan random_plan(base::Random& random) {
  StreamPlan plan;
  plan.bytes_out = 1 + static_cast<std::uint32_t>(random.below(random.chance(0.2) ? 50'000 : 3'000));
  plan.bytes_in = static_cast<std::uint32_t>(random.below(random.chance(0.2) ? 50'000 : 3'000));
  plan.out_seed = random.next();
  plan.in_seed = random.next();
  return plan;
}

TEST(FastOpen, NoByteIsLostOrComesTwice) {
  std::uint64_t passive = 0, accepted = 0, fallbacks = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    base::Random random(seed);
    const LinkProfile ab = bad_link(random), ba = bad_link(random);
    FastOpenWorld world(seed, ab, ba);
    for (int i = 0; i < kConnections; ++i) {
      world.open(true, random_plan(random));
      if (random.chance(0.7)) {
        ASSERT_TRUE(world.finish());
      }
      world.world_.run_for(minutes{static_cast<std::int64_t>(random.below(3))});  // failures are forgotten
    }
    ASSERT_TRUE(world.finish());
    ASSERT_EQ(world.error(), "");
    ASSERT_EQ(world.leftovers(), "");
    const auto& client = world.world_.a.shard().env().count;
    passive += world.world_.b.shard().env().count.fast_open_passive.get();
    accepted += client.fast_open_active_accepted.get();
    fallbacks += client.fast_open_fallbacks.get();
  }
  // The worlds reach what they are for.
  EXPECT_GT(passive, 100u);
  EXPECT_GT(accepted, 100u);
  EXPECT_GT(fallbacks, 100u);
}

/// How long a request of 100 bytes waits for an answer of as many, on a link of 40 ms there and back.
Duration answered_after(FastOpenWorld& world, bool fast) {
  StreamPlan plan;
  plan.bytes_out = plan.bytes_in = 100;
  const Time start = world.world_.now();
  const std::size_t number = world.client_.results().size();
  world.open(fast, plan);
  EXPECT_TRUE(world.world_.run_until([&] { return world.client_.results()[number].received == 100; }, minutes{1}));
  const Duration took = world.world_.now() - start;
  EXPECT_TRUE(world.finish());
  return took;
}

TEST(FastOpen, SavesARoundTrip) {
  for (const std::uint64_t seed : {2, 3}) {
    LinkProfile link;
    link.delay = milliseconds{20};
    FastOpenWorld world(seed, link, link);
    (void)answered_after(world, false);  // neighbors are resolved
    EXPECT_EQ(to_ms(answered_after(world, false)), 80);
    EXPECT_EQ(to_ms(answered_after(world, true)), 80) << "it asks for a cookie";
    EXPECT_EQ(to_ms(answered_after(world, true)), 40);
    EXPECT_EQ(world.error(), "");
    EXPECT_EQ(world.leftovers(), "");
  }
}

}  // namespace
}  // namespace millrace::sim
