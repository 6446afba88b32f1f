// S09 under a real flood: up to a million SYNs from random addresses and ports, and guessed ACKs among them, beside
// honest clients. What the host holds is bounded, and every honest byte arrives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "sim/stream_app.h"
#include "sim/tcp_frame.h"
#include "sim/world.h"
#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::sim {
namespace {

const Family kFamily = forced_family().value_or(Family::V4);
constexpr std::uint32_t kClient = 0x0a000001, kServer = 0x0a000002;
constexpr std::size_t kPerMillisecond = 100;  // 50 Mbit/s
constexpr std::size_t kMillisecondsPerClient = 100;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::size_t kPerWorld = 100;
#else
constexpr std::size_t kPerWorld = 1000;
#endif

/// A million when optimised, else a tenth of it; fewer where fewer than a thousand worlds are wanted
/// (MILLRACE_SIM_SEEDS).
std::size_t flood_size() {
  const char* seeds = std::getenv("MILLRACE_SIM_SEEDS");
  return kPerWorld * (seeds == nullptr ? 1000 : std::min<std::size_t>(std::strtoull(seeds, nullptr, 10), 1000));
}

/// One frame with another source, port and number each time; checksums are adjusted (RFC 1624), not computed.
class Forger {
 public:
  Forger(std::uint8_t ctl, std::uint64_t seed) : random_(seed) {
    TcpFrame frame;
    frame.source = kFamily == Family::V4 ? wire::IpAddress::v4(0) : *wire::IpAddress::parse("2001:db9::");
    frame.destination = address_of(kFamily, kServer);
    frame.tcp.destination_port = 80;
    frame.tcp.ctl.bits = ctl;
    frame.tcp.window = 1000;
    if (frame.tcp.ctl.syn()) frame.tcp.options.mss = 1460;
    frame_ = build_tcp_frame(frame);
  }

  io::Frame next() {
    // Outside of the network of the hosts, so that answers go to the gateway.
    const std::uint32_t source = 0x14000000 | static_cast<std::uint32_t>(random_.below(1 << 24));
    set(source_, source, kFamily == Family::V4);
    set(tcp_, static_cast<std::uint32_t>(random_.next()) << 16 | 80, false);
    set(tcp_ + 4, static_cast<std::uint32_t>(random_.next()), false);
    set(tcp_ + 8, static_cast<std::uint32_t>(random_.next()), false);
    return frame_;
  }

 private:
  static constexpr std::size_t kIp = wire::kEthernetHeader;
  const std::size_t tcp_ = kIp + (kFamily == Family::V4 ? wire::kIpv4MinHeader : wire::kIpv6Header);
  const std::size_t source_ = kIp + (kFamily == Family::V4 ? 12 : 20);  // its last four bytes

  void set(std::size_t at, std::uint32_t value, bool in_ip_checksum) {
    const std::uint32_t old = wire::load_be32(&frame_[at]);
    wire::store_be32(&frame_[at], value);
    adjust(tcp_ + 16, old, value);  // the addresses are in the pseudo-header
    if (in_ip_checksum) adjust(kIp + 10, old, value);
  }
  void adjust(std::size_t checksum, std::uint32_t old, std::uint32_t value) {
    std::uint32_t sum = static_cast<std::uint16_t>(~wire::load_be16(&frame_[checksum]));
    for (const unsigned shift : {16u, 0u})
      sum += static_cast<std::uint16_t>(~(old >> shift)) + static_cast<std::uint16_t>(value >> shift);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    wire::store_be16(&frame_[checksum], static_cast<std::uint16_t>(~sum));
  }

  base::Random random_;
  io::Frame frame_;
};

HostOptions host_options(std::uint32_t address) {
  HostOptions options;
  options.family = kFamily;
  options.address = address;
  options.gateway = address == kServer ? kClient : 0;
  options.seed = address;
  options.tcp.cookie_secret = {address, 7};
  options.start = time_from_ns(1'000'000'000'000);
  return options;
}

StreamPlan plan_of(std::uint16_t port, bool client) {
  StreamPlan plan;
  plan.bytes_out = client ? 3000 : 20'000;
  plan.bytes_in = client ? 20'000 : 3000;
  plan.out_seed = 2u * port + (client ? 0 : 1);
  plan.in_seed = 2u * port + (client ? 1 : 0);
  return plan;
}

class Flood : public testing::TestWithParam<api::SynCookies> {
 protected:
  Flood() : world(host_options(kClient), host_options(kServer), {}, {}, 1) {
    world.a.set_app(&clients);
    world.b.set_app(&server);
    server.plan_of_accepted = [](const api::ConnectionInfo& info) { return plan_of(info.remote.port, false); };
  }

  void honest_client() {
    auto opened = world.a.api().connect({world.b.address(), 80});
    ASSERT_TRUE(opened) << api::to_string(opened.error());
    clients.add(opened.value(), plan_of(opened.value().info().local.port, true));
  }
  void expect_bounded(std::uint32_t half_opens) {
    const tcp::ConnectionTable& table = world.b.shard().table();
    ASSERT_LE(table.half_opens.used(), half_opens);
    ASSERT_LE(table.tcbs.used(), 2u) << "the client that has just come, and the one before";
    ASSERT_LE(table.flows.size(), half_opens + 2);
    ASSERT_EQ(world.b.control_pool().available(), world.b.control_pool().size()) << "all answers have left";
  }
  [[nodiscard]] const tcp::TcpCounters& count() { return world.b.shard().tcp_counters(); }

  World world;
  StreamApp clients{1}, server{2};
};

TEST_P(Flood, S09_honest_clients_connect_through_a_million_random_syns) {
  api::ListenOptions listen;
  listen.syn_cookies = GetParam();
  ASSERT_TRUE(world.b.api().listen({world.b.address(), 80}, listen));
  const std::uint32_t watermark = GetParam() == api::SynCookies::Auto ? 48 : 0;  // 75 % of the shard's 64
  Forger syns{wire::Ctl::kSyn, 1}, guesses{wire::Ctl::kAck, 2};
  const std::size_t flood = flood_size();
  std::size_t honest = 0;
  std::uint64_t guessed = 0;
  for (std::size_t ms = 0; ms < flood / kPerMillisecond; ++ms) {
    for (std::size_t i = 0; i < kPerMillisecond; ++i) world.b.port().deliver(syns.next());
    for (std::size_t i = 0; i < 5; ++i, ++guessed) world.b.port().deliver(guesses.next());
    if (ms % kMillisecondsPerClient == 0) {
      honest_client();
      ++honest;
    }
    world.run_for(milliseconds{1});
    ASSERT_NO_FATAL_FAILURE(expect_bounded(watermark));
  }
  const auto done = [&] { return clients.all_closed(honest) && server.all_closed(honest); };
  ASSERT_TRUE(world.run_until(done, minutes{2}));
  EXPECT_EQ(clients.error(), "");
  EXPECT_EQ(server.error(), "");
  for (const StreamApp* app : {&clients, &server})
    for (const StreamResult& result : app->results()) EXPECT_EQ(result.reason, api::CloseReason::Normal);
  EXPECT_EQ(count().passive_opens.get(), honest);
  EXPECT_EQ(count().outcome[static_cast<std::size_t>(tcp::Outcome::AnsweredSyn)].get(), flood + honest);
  EXPECT_EQ(count().syn_cache_full.get(), 0u);
  EXPECT_EQ(count().replies_dropped.get(), 0u);
  if (GetParam() == api::SynCookies::Always) {
    EXPECT_EQ(count().syn_cookies_sent.get(), flood + honest);
    EXPECT_EQ(count().syn_cookies_accepted.get(), honest);
    EXPECT_EQ(count().syn_cookies_rejected.get(), guessed);
  } else {
    EXPECT_LT(flood + honest - count().syn_cookies_sent.get(), 1000u) << "what the cache took";
    EXPECT_GT(count().syn_cookies_accepted.get(), 0u);
  }
  world.run_for(minutes{5});
  EXPECT_EQ(world.a.leftovers(), "");
  EXPECT_EQ(world.b.leftovers(), "");
}

INSTANTIATE_TEST_SUITE_P(Modes, Flood, testing::Values(api::SynCookies::Auto, api::SynCookies::Always));

}  // namespace
}  // namespace millrace::sim
