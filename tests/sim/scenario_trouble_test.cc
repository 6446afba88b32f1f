// Trouble on the path, and what a connection's user asks for besides: ICMP errors, path MTU, black holes (RFC 1191,
// 4821, 5927), R1 and timeouts (RFC 9293 3.8.3), linger, urgent data, DSCP and hop limit.
#include <algorithm>

#include "sim/scenario.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"

namespace millrace::sim {
namespace {

class Troubled : public Scenario {
 protected:
  static constexpr std::uint32_t kMany = 1'000'000;

  /// A router on A's way to B that carries datagrams of `mtu` bytes and, unless it is a black hole, says so.
  void narrow_path(std::uint32_t mtu, bool says_so, std::uint16_t told) {
    lose(
        From::A,
        [this, mtu, says_so, told](const TcpFrame& frame) {
          if (build_tcp_frame(frame).size() - wire::kEthernetHeader <= mtu) return false;
          if (says_so)
            world->a.port().deliver(build_icmp_error(frame, wire::icmp_type::kDestinationUnreachable,
                                                     wire::icmp_code::kFragmentationNeeded, told));
          return true;
        },
        1, kMany);
  }
  [[nodiscard]] std::size_t largest_text_that_arrived() const {
    std::size_t largest = 0;
    for (const Seen& s : seen)
      if (s.from == From::A && !s.lost) largest = std::max(largest, s.frame.text.size());
    return largest;
  }
  /// The text of a segment with timestamps in a datagram of `mtu` bytes.
  [[nodiscard]] std::size_t text_of(std::size_t mtu) const { return mtu - header_size(family) - 12; }
  void stream_and_check(std::uint64_t bytes) {
    app_a.stream(client, bytes, 5, Then::Shutdown);
    ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
    EXPECT_TRUE(app_b.told(server).received == stream_bytes(5, bytes));
    server.close();
    run(milliseconds{10});
  }
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

TEST_F(Troubled, S11_path_mtu_is_found_without_a_timeout_and_kept_for_the_next_connection) {
  start();
  establish();
  narrow_path(1300, true, 1300);
  stream_and_check(300'000);
  EXPECT_EQ(largest_text_that_arrived(), text_of(1300));
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 1u);
  EXPECT_EQ(count(From::A).timeouts.get(), 0u);
  establish();
  stream_and_check(300'000);
  EXPECT_TRUE(std::none_of(seen.begin(), seen.end(), [](const Seen& s) { return s.lost; }));
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 1u);
}

// IPv4: by plateaus (RFC 1191 5 and 7). IPv6: such an error is not believed, as every router tells (RFC 8201 4), and
// the path is a black hole.
TEST_F(Troubled, S11_path_mtu_of_a_router_that_does_not_tell) {
  start();
  establish();
  const bool v4 = family == Family::V4;
  narrow_path(v4 ? 1000 : 1400, true, 0);
  stream_and_check(100'000);
  EXPECT_EQ(largest_text_that_arrived(), text_of(v4 ? 552 : 1280));
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), v4 ? 3u : 0u);
  EXPECT_EQ(count(From::A).black_holes.get(), v4 ? 0u : 1u);
  if (v4)
    EXPECT_EQ(count(From::A).icmp_ignored.get(), 0u);
  else
    EXPECT_GE(count(From::A).icmp_ignored.get(), 4u) << "all of the window, and three repetitions";
}

TEST_F(Troubled, S11_no_error_makes_segments_smaller_than_what_every_path_carries) {
  start();
  establish();
  const bool v4 = family == Family::V4;
  const std::uint16_t least = v4 ? 552 : 1280;
  lose(From::A, has_text);  // so that it is outstanding
  app_a.stream(client, 1000, 1);
  run(milliseconds{10});
  const TcpFrame outstanding = seen_from(From::A, has_text).at(0).frame;
  const auto tell = [&](std::uint16_t mtu) {
    world->a.port().deliver(build_icmp_error(outstanding, wire::icmp_type::kDestinationUnreachable,
                                             wire::icmp_code::kFragmentationNeeded, mtu));
    run(milliseconds{1});
  };
  tell(68);
  tell(static_cast<std::uint16_t>(least - 1));
  // RFC 8201 4: discarded. RFC 1191 3 allows 68; it is taken for the least that we believe.
  EXPECT_EQ(count(From::A).icmp_ignored.get(), v4 ? 0u : 2u);
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), v4 ? 1u : 0u);
  tell(least);
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 1u);
  run(seconds{1});
  seen.clear();
  app_a.stream(client, 50'000, 1);
  run(seconds{1});
  EXPECT_EQ(largest_text_that_arrived(), text_of(least));
  EXPECT_EQ(app_b.told(server).received.size(), 51'000u);
  close_both();
}

TEST_F(Troubled, S11_a_black_hole_is_found_by_timeouts) {
  start();
  establish();
  const bool v4 = family == Family::V4;
  narrow_path(v4 ? 1100 : 1300, false, 0);
  stream_and_check(100'000);
  EXPECT_EQ(largest_text_that_arrived(), text_of(v4 ? 1024 : 1280));
  EXPECT_EQ(count(From::A).black_holes.get(), 1u);
  EXPECT_EQ(count(From::A).timeouts.get(), 3u);
  EXPECT_EQ(app_a.told(client).soft_errors, std::vector{api::SoftError::Retransmitting});
}

TEST_F(Troubled, S11_a_larger_size_is_tried_after_ten_minutes) {
  start();
  establish();
  narrow_path(1300, true, 1300);
  app_a.stream(client, 50'000, 1);
  run(seconds{1});
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 1u);
  run(minutes{10});
  EXPECT_EQ(count(From::A).path_mtu_restored.get(), 1u);
  app_a.stream(client, 50'000, 2);
  run(seconds{1});
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 2u) << "still narrow";
  EXPECT_EQ(app_b.told(server).received.size(), 100'000u);
  close_both();
}

TEST_F(Troubled, S56_forged_icmp_errors_harm_nobody) {
  start();
  establish();
  EXPECT_EQ(client.send(text("on its way")), 10u);
  run(milliseconds{100});  // all of it is acknowledged
  TcpFrame forged = next_of(From::A);
  for (const std::uint8_t code : {wire::icmp_code::kFragmentationNeeded, wire::icmp_code::kPortUnreachable}) {
    for (const std::uint32_t off : {0u, 1u, 1000u, 0xffff'0000u}) {
      TcpFrame about = forged;
      about.tcp.seq += off;
      world->a.port().deliver(build_icmp_error(about, wire::icmp_type::kDestinationUnreachable, code, 600));
    }
  }
  run(milliseconds{10});
  EXPECT_EQ(count(From::A).icmp_ignored.get(), 8u);
  EXPECT_EQ(count(From::A).path_mtu_lowered.get(), 0u);
  EXPECT_TRUE(app_a.told(client).soft_errors.empty());
  EXPECT_EQ(state(client), "ESTABLISHED");
  close_both();
}

TEST_F(Troubled, S07_port_unreachable_ends_an_attempt_to_connect) {
  start();
  lose(
      From::A,
      [this](const TcpFrame& frame) {
        world->a.port().deliver(
            build_icmp_error(frame, wire::icmp_type::kDestinationUnreachable, wire::icmp_code::kPortUnreachable));
        return true;
      },
      1, 1);
  const api::Connection opened = open();
  run(milliseconds{10});
  EXPECT_EQ(app_a.told(opened).reason, api::CloseReason::Unreachable);
}

TEST_F(Troubled, S49_host_unreachable_is_told_and_outlived) {
  start();
  establish();
  lose(
      From::A,
      [this](const TcpFrame& frame) {
        world->a.port().deliver(build_icmp_error(frame, wire::icmp_type::kDestinationUnreachable, 1));
        return true;
      },
      1, 2);
  EXPECT_EQ(client.send(text("hello")), 5u);
  run(seconds{2});
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  const std::vector expected(2, api::SoftError::HostUnreachable);
  EXPECT_EQ(app_a.told(client).soft_errors, expected);
  EXPECT_EQ(client.last_soft_error(), api::SoftError::HostUnreachable);
  close_both();
}

// Proves MUST-20.
TEST_F(Troubled, S49_r1_is_told_before_r2_ends_the_connection) {
  start();
  api::ConnectOptions options;
  options.user_timeout = seconds{20};
  establish(options);
  lose(From::B, is_any, 1, kMany);
  EXPECT_EQ(client.send(text("anybody?")), 8u);
  run(milliseconds{1500});
  EXPECT_TRUE(app_a.told(client).soft_errors.empty());
  run(milliseconds{200});  // 200 ms to the probe, and 200 + 400 + 800: the third timeout
  EXPECT_EQ(app_a.told(client).soft_errors, std::vector{api::SoftError::Retransmitting});
  EXPECT_EQ(client.last_soft_error(), api::SoftError::Retransmitting);
  run(seconds{19});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::RetransmitTimeout);
  server.abort();
}

TEST_F(Troubled, S48_receive_timeout_then_abort_by_the_application) {
  start();
  api::ConnectOptions options;
  options.receive_timeout = seconds{5};
  establish(options);
  app_a.then = [](api::Connection connection, const api::Event& event) {
    if (event.kind == api::EventKind::ReceiveTimeout) connection.abort();
  };
  const Time begin = world->now();
  lose(From::A, is_rst, 1, 1);
  run(seconds{6});
  const auto resets = seen_from(From::A, is_rst);
  ASSERT_EQ(resets.size(), 1u);
  EXPECT_TRUE(about(resets[0].at - begin, seconds{5}, milliseconds{3}));
  EXPECT_EQ(server.send(text("late")), 4u);  // the reset was lost: the late answer gets another
  run(milliseconds{10});
  EXPECT_EQ(seen_from(From::A, is_rst).size(), 2u);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
}

TEST_F(Troubled, S42_linger_of_zero_resets_on_close) {
  start();
  api::ConnectOptions options;
  options.linger = Duration{0};
  establish(options);
  EXPECT_EQ(client.send(text("dropped")), 7u);
  client.close();
  EXPECT_FALSE(client.valid());
  run(milliseconds{10});
  EXPECT_EQ(shapes(), std::vector<std::string>{"A R."});
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
  EXPECT_EQ(world->a.api().connections(), 0u);
  EXPECT_EQ(world->a.api().time_waits(), 0u);
}

TEST_F(Troubled, S42_linger_reports_when_all_was_delivered) {
  start();
  api::ConnectOptions options;
  options.linger = seconds{10};
  establish(options);
  lose(From::A, has_text, 1, 3);
  EXPECT_EQ(client.send(text("to the last byte")), 16u);
  client.close();
  EXPECT_TRUE(client.valid());
  run(milliseconds{500});
  EXPECT_FALSE(app_a.told(client).closed);
  run(milliseconds{500});
  EXPECT_TRUE(app_a.told(client).closed);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_FALSE(client.valid());
  EXPECT_EQ(app_b.told(server).received, text("to the last byte"));
  server.close();
}

TEST_F(Troubled, S42_linger_ends_in_a_reset_when_nobody_acknowledges) {
  start();
  api::ConnectOptions options;
  options.linger = seconds{10};
  establish(options);
  lose(From::B, is_any, 1, kMany);
  EXPECT_EQ(client.send(text("lost")), 4u);
  const Time begin = world->now();
  client.close();
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_TRUE(about(world->now() - begin, seconds{10}));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::LingerTimeout);
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
}

TEST_F(Troubled, S26_orphans_beyond_the_limit_are_reset) {
  ScenarioOptions options;
  options.a.tcp.max_orphans = 3;
  start(options);
  std::vector<api::Connection> servers;
  for (int i = 0; i < 5; ++i) {
    establish();
    servers.push_back(server);
    client.close();
    run(milliseconds{5});
  }
  EXPECT_EQ(count(From::A).orphans.get(), 3u);
  EXPECT_EQ(count(From::A).orphans_reset.get(), 2u);
  for (std::size_t i = 0; i < servers.size(); ++i) EXPECT_EQ(app_b.told(servers[i]).closed, i >= 3) << i;
  for (api::Connection& each : servers) each.close();
}

TEST_F(Troubled, UrgentDataIsToldAndReadInLine) {
  start();
  establish();
  app_b.reading = false;
  EXPECT_EQ(client.send(text("before ")), 7u);
  EXPECT_EQ(client.send_urgent(text("URGENT")), 6u);
  run(milliseconds{10});
  EXPECT_EQ(client.send(text(" after")), 6u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).urgent, 1);
  EXPECT_EQ(server.urgent(), 13u);
  server.consume(7);
  EXPECT_EQ(server.urgent(), 6u);
  server.consume(6);
  EXPECT_EQ(server.urgent(), 0u);
  app_b.read_all();
  EXPECT_EQ(app_b.told(server).received, text(" after"));
  close_both();
}

// Proves MUST-48, MUST-49, SHLD-21, SHLD-22.
TEST_F(Troubled, DscpAndHopLimitAreTheUsersAndMayChange) {
  ScenarioOptions options;
  options.listen.dscp = 10;
  start(options);
  api::ConnectOptions connect;
  connect.dscp = 46;
  connect.hop_limit = 7;
  client = open(connect);
  ASSERT_TRUE(run_until([&] { return !app_b.accepted.empty(); }));
  server = app_b.accepted.back();
  for (const Seen& s : seen) {
    EXPECT_EQ(s.frame.dscp, s.from == From::A ? 46 : 10);
    EXPECT_EQ(s.frame.hop_limit, s.from == From::A ? 7 : 64);
  }
  seen.clear();
  connect.dscp = 0;
  connect.hop_limit = 255;
  client.set_options(connect);
  close_both();
  run(milliseconds{10});
  ASSERT_GE(seen.size(), 4u);
  for (const Seen& s : seen) {
    EXPECT_EQ(s.frame.dscp, s.from == From::A ? 0 : 10);
    EXPECT_EQ(s.frame.hop_limit, s.from == From::A ? 255 : 64);
  }
}

}  // namespace
}  // namespace millrace::sim
