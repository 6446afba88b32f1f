// A proxy on the fake stack, with two servers behind one listener unless the test says otherwise.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fake_api.h"
#include "proxy/proxy.h"

namespace millrace::proxy {

inline api::Endpoint endpoint(std::uint8_t host, std::uint16_t port) {
  return {wire::IpAddress::v4(0x0a020000u | host), port};
}

class Bed : public ::testing::Test {
 protected:
  using Id = api::ConnectionId;

  Bed() {
    UpstreamSettings web;
    web.name = "web";
    web.servers = {endpoint(1, 8001), endpoint(2, 8002)};
    web.connect_timeout = seconds{3};
    web.health_interval = Duration{0};
    settings.upstreams = {web};
    settings.listeners = {{endpoint(9, 80), 0}};
    settings.idle = seconds{60};
  }

  void start(std::uint32_t pair_limit = 8) {
    proxy = std::make_unique<Proxy>(settings, pair_limit);
    ASSERT_FALSE(proxy->start(shard.api()).has_value());
  }
  void turn() { shard.turn(*proxy); }
  void turn_at(Time now) {
    shard.now = now;
    turn();
  }
  /// Two turns, `early` before and exactly at `deadline`.
  void just_before(Time deadline) { turn_at(deadline - milliseconds{1}); }
  void just_at(Time deadline) { turn_at(deadline + microseconds{20}); }  // the wheel rounds up to its tick of 16.4 us

  stack::FakeConnection& at(Id id) { return shard.at(id); }

  /// Accepts a client; the proxy's connect to a server follows as shard.last().
  struct Two {
    Id client;
    Id server;
  };
  Two accept() {
    const Id client = shard.accept();
    turn();
    return {client, shard.last()};
  }
  Two joined() {
    const Two two = accept();
    shard.connected(two.server);
    turn();
    return two;
  }

  const ProxyCounters& count() { return proxy->counters(); }
  std::uint64_t ended(PairEnd how) { return count().end(how).get(); }
  std::uint64_t all_ended() {
    std::uint64_t sum = 0;
    for (const base::Counter& end : count().ends) sum += end.get();
    return sum;
  }
  const Server& server(std::size_t i) { return proxy->upstreams()[0].servers()[i]; }

  /// Every accepted connection has one fate, and no timer outlives its pair.
  void TearDown() override {
    if (!proxy) return;
    EXPECT_EQ(count().accepted.get(), count().refused.get() + count().active.get() + all_ended());
    if (count().active.get() == 0 && settings.upstreams[0].health_interval == Duration{0} && shard.events.empty() &&
        !draining) {
      EXPECT_EQ(proxy->next_deadline(), std::nullopt);
    }
  }

  ProxySettings settings;
  stack::Shard shard;
  std::unique_ptr<Proxy> proxy;
  bool draining = false;
};

}  // namespace millrace::proxy
