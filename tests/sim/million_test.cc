// A million connections, opened and closed with one frame in twenty lost; half of them are closed by the opener first,
// half by the acceptor. None is stuck, no source port is lost, and after 2 MSL nothing is left on either side.
//
// MILLRACE_SIM_CONNECTIONS=n makes another number of them. Without optimisation or with sanitizers it is fewer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/direct_net.h"

namespace millrace::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kDefaultConnections = 50'000;
#else
constexpr std::uint64_t kDefaultConnections = 1'000'000;
#endif

constexpr std::uint16_t kOpenerCloses = 80;
constexpr std::uint16_t kAcceptorCloses = 81;
constexpr std::uint64_t kAtOnce = 4000;

std::uint64_t connections_wanted() {
  const char* text = std::getenv("MILLRACE_SIM_CONNECTIONS");
  return text == nullptr ? kDefaultConnections : std::strtoull(text, nullptr, 10);
}

/// What the applications of both machines do and count: whoever is to close first sends a few bytes and closes, the
/// other reads to the end and closes.
class ShortConnections {
 public:
  explicit ShortConnections(DirectNet& net) : net_(net) {
    for (const std::size_t machine : {0u, 1u})
      net.on_event[machine] = [this, machine](api::Shard shard, const api::Event& event) { on(shard, event, machine); };
    for (const std::uint16_t port : {kOpenerCloses, kAcceptorCloses}) {
      const auto listener = net.api(1).listen({net.server(), port}, listen_options());
      if (port == kAcceptorCloses && listener) acceptor_closes_ = listener.value();
    }
  }

  /// Opens as many as may be under way, up to `all`.
  void open(std::uint64_t all) {
    while (opened < all && net_.api(0).connections() < kAtOnce) {
      api::ConnectOptions options;
      options.user = opened % 2;
      // About two in a million acceptors hear none of the answers to their SYN,ACKs and give up; an opener that waits
      // for their first word learns it by a keepalive.
      options.keepalive = {.on = true, .idle = minutes{1}, .interval = seconds{1}, .count = 9};
      const auto connection =
          net_.api(0).connect({net_.server(), opened % 2 == 0 ? kOpenerCloses : kAcceptorCloses}, options);
      if (!connection) {
        if (connection.error() == api::Error::NoPortsLeft) ++no_ports;
        return;
      }
      ++opened;
    }
  }

  std::uint64_t opened = 0, connected = 0, accepted = 0, no_ports = 0;
  std::uint64_t read = 0;      ///< streams that were read to their end, all bytes as sent
  std::uint64_t abnormal = 0;  ///< ended otherwise

 private:
  static constexpr std::string_view kText = "a short connection";

  static api::ListenOptions listen_options() {
    api::ListenOptions options;
    options.half_open_limit = 100'000;
    return options;
  }

  void on(api::Shard shard, const api::Event& event, std::size_t machine) {
    api::Connection connection = shard.connection(event.connection);
    switch (event.kind) {
      case api::EventKind::Connected:
        ++connected;
        if (event.user == 0) say(connection);
        break;
      case api::EventKind::Accepted:
        ++accepted;
        if (event.listener == acceptor_closes_) say(connection);
        break;
      case api::EventKind::PeerClosed:
        hear(connection);
        break;
      case api::EventKind::Closed:
        ++abnormal;
        break;
      default:
        break;
    }
    (void)machine;
  }
  void say(api::Connection connection) {
    EXPECT_EQ(connection.send(std::as_bytes(std::span{kText})), kText.size());
    connection.close();
  }
  void hear(api::Connection connection) {
    std::string text(64, ' ');
    text.resize(connection.receive(std::as_writable_bytes(std::span{text})));
    if (text == kText && connection.at_end()) ++read;
    connection.close();
  }

  DirectNet& net_;
  std::uint16_t acceptor_closes_ = 0xffff;
};

TEST(Million, ConnectionsOpenedAndClosedInEitherOrderUnderLoss) {
  const std::uint64_t all = connections_wanted();
  DirectOptions options;
  options.loss = 0.05;
  options.tcp.msl = seconds{1};
  options.limits = {8192, 65536, 8192};
  DirectNet net{options};
  ShortConnections run{net};
  const Time start = net.now();
  std::uint64_t most_ports = 0;
  while (run.opened < all || net.api(0).connections() > 0 || net.api(1).connections() > 0) {
    run.open(all);
    net.step();
    most_ports = std::max(most_ports, net.shard(0).port_counters().taken.get());
    ASSERT_LT(net.now() - start, hours{10}) << "stuck: " << net.leftovers();
  }
  net.run(2 * options.tcp.msl + milliseconds{100});
  EXPECT_EQ(net.leftovers(), "");
  const tcp::TcpCounters& a = net.shard(0).tcp_counters();
  const tcp::TcpCounters& b = net.shard(1).tcp_counters();
  fmt::print(
      "{} connections in {} s of simulated time, {} frames, {} lost; up to {} source ports at once, {} connects found "
      "none left; TIME-WAIT entries: {} and {}, reused {}; ended otherwise: {}\n",
      all, to_ms(net.now() - start) / 1000, net.sent(), net.lost(), most_ports, run.no_ports, a.time_waits.get(),
      b.time_waits.get(), a.time_waits_reused.get(), run.abnormal);
  EXPECT_GE(run.connected + run.abnormal, all) << "each was connected or its application was told why not";
  EXPECT_GE(run.read + 2 * run.abnormal, all);
  EXPECT_LE(run.abnormal, all / 10'000) << "the peer's last segments may be lost for longer than TIME-WAIT lasts";
  EXPECT_NEAR(static_cast<double>(net.lost()) / static_cast<double>(net.sent()), 0.05, 0.005);
  EXPECT_EQ(a.time_waits_evicted.get() + b.time_waits_evicted.get(), 0u);
}

}  // namespace
}  // namespace millrace::sim
