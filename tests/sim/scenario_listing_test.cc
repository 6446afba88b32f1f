// S61: what the listing of connections says, column by column, of connections whose state is known.
#include <fmt/format.h>

#include "cc/facts.h"
#include "sim/scenario.h"
#include "stack/connection_list.h"
#include "stack/list_text.h"
#include "tcp/tcb.h"

namespace millrace::sim {
namespace {

using stack::ConnectionRow;
using stack::ListedTimer;
using Timers = std::vector<ListedTimer>;

class Listing : public Scenario {
 protected:
  std::vector<ConnectionRow> list(From side) {
    stack::ConnectionPage page;
    EXPECT_EQ(stack::fill_page(host(side).shard(), {}, 100, page), stack::TaskState::Done);
    EXPECT_TRUE(page.end);
    return page.rows;
  }
  ConnectionRow only(From side) {
    const auto rows = list(side);
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? ConnectionRow{} : rows[0];
  }
  static Duration left(const ConnectionRow& row, ListedTimer timer) {
    return row.timers[static_cast<std::size_t>(timer)];
  }
  /// Those that run.
  static Timers running(const ConnectionRow& row) {
    Timers found;
    for (std::size_t i = 0; i < stack::kListedTimers; ++i)
      if (row.timers[i] >= Duration{0}) found.push_back(static_cast<ListedTimer>(i));
    return found;
  }
  /// The row of A's connection to B's port 80, or its other end.
  void expect_ends(const ConnectionRow& row, From side, std::uint16_t port_of_a) {
    const bool a = side == From::A;
    EXPECT_EQ(row.ends.local, host(side).address());
    EXPECT_EQ(row.ends.remote, host(a ? From::B : From::A).address());
    EXPECT_EQ(row.ends.local_port, a ? port_of_a : 80);
    EXPECT_EQ(row.ends.remote_port, a ? 80 : port_of_a);
  }
  void expect_queues(const ConnectionRow& row, std::uint32_t recv_q, std::uint32_t send_q, std::uint32_t flight) {
    EXPECT_EQ(row.recv_q, recv_q);
    EXPECT_EQ(row.send_q, send_q);
    EXPECT_EQ(row.flight, flight);
  }
};

TEST_F(Listing, S61_a_handshake_on_both_sides) {
  start();
  lose(From::A, is_bare_ack, 1, 2);
  const Time began = world->now();
  client = open();
  const std::uint16_t port = client.info().local.port;
  run(microseconds{500});
  ConnectionRow a = only(From::A);
  EXPECT_EQ(a.state, tcp::State::SynSent);
  EXPECT_TRUE(a.active);
  EXPECT_EQ(a.age, world->now() - began);
  expect_ends(a, From::A, port);
  expect_queues(a, 0, 0, 1);
  EXPECT_EQ(running(a), (Timers{ListedTimer::Retransmit, ListedTimer::User}));
  EXPECT_TRUE(about(left(a, ListedTimer::Retransmit), seconds{1} - a.age));
  EXPECT_TRUE(about(left(a, ListedTimer::User), seconds{180} - a.age));
  EXPECT_EQ(a.rto, seconds{1});
  EXPECT_EQ(a.srtt_us, 0u);
  EXPECT_TRUE(list(From::B).empty());

  for (std::uint32_t sent = 1; sent <= 2; ++sent) {
    ASSERT_TRUE(run_until([&] { return seen_from(From::B, is_syn_ack).size() == sent; }));
    run(milliseconds{10});
    const Time last = seen_from(From::B, is_syn_ack).back().at;
    const ConnectionRow b = only(From::B);
    EXPECT_EQ(b.state, tcp::State::SynReceived);
    EXPECT_FALSE(b.active);
    expect_ends(b, From::B, port);
    expect_queues(b, 0, 0, 0);
    EXPECT_EQ(running(b), Timers{ListedTimer::Retransmit});
    EXPECT_TRUE(about(left(b, ListedTimer::Retransmit), seconds{sent} - (world->now() - last)));
    EXPECT_EQ(b.backoff, sent - 1);
    EXPECT_EQ(stack::to_text(b, 0).rfind("0 SYN-RECEIVED peer ", 0), 0u);
  }
  EXPECT_EQ(only(From::A).state, tcp::State::Established);
  ASSERT_TRUE(run_until([&] { return !app_b.accepted.empty(); }));
  EXPECT_EQ(only(From::B).state, tcp::State::Established);
  EXPECT_FALSE(only(From::B).active);
  client.abort();
}

TEST_F(Listing, S61_data_on_its_way_and_a_loss) {
  start();
  api::ConnectOptions no_delay;
  no_delay.no_delay = true;
  establish(no_delay);
  const std::uint16_t port = client.info().local.port;
  EXPECT_EQ(client.send(text("warm")), 4u);
  run(seconds{1});
  ConnectionRow a = only(From::A);
  EXPECT_EQ(a.state, tcp::State::Established);
  expect_queues(a, 0, 0, 0);
  EXPECT_EQ(running(a), Timers{});
  EXPECT_EQ(a.mss, mss());
  EXPECT_EQ(a.cwnd, cc::initial_window(mss() - 12u)) << "timestamps take their part of each segment";
  EXPECT_EQ(a.bytes_out, 4u);
  EXPECT_EQ(a.bytes_in, 0u);
  EXPECT_EQ(a.retransmits, 0u);
  // Samples: the handshake's 2 ms by timestamps of a millisecond, and the ACK that was delayed for 40 ms.
  EXPECT_GE(a.srtt_us, 2000u);
  EXPECT_LE(a.srtt_us, 42'000u);
  EXPECT_EQ(a.srtt_us, client.info().rtt_us);
  const Duration rto = milliseconds{200} + microseconds{a.srtt_us};
  EXPECT_EQ(a.rto, rto);
  const std::uint32_t window = only(From::B).rcv_wnd;
  EXPECT_EQ(a.snd_wnd >> a.snd_wscale, window >> a.snd_wscale);
  EXPECT_EQ(a.snd_wscale, only(From::B).rcv_wscale);

  app_b.reading = false;
  lose(From::B, is_any, 1, 1000);
  const std::vector<std::byte> data(5000);
  EXPECT_EQ(client.send(data), 5000u);
  run(milliseconds{5});
  // After a second's rest the segments are spread a little. A tail loss probe two round trips behind the last one
  // starts the timer anew.
  const auto segments = seen_from(From::A, has_text);
  ASSERT_EQ(segments.size(), 5u);
  const Time probed = segments.back().at + microseconds{2 * std::int64_t{a.srtt_us}};
  run(milliseconds{15});
  ASSERT_LT(probed, world->now());
  a = only(From::A);
  expect_queues(a, 0, 5000, 5000);
  EXPECT_EQ(running(a), (Timers{ListedTimer::Retransmit, ListedTimer::User}));
  EXPECT_TRUE(about(left(a, ListedTimer::Retransmit), probed + rto - world->now()));
  EXPECT_TRUE(about(left(a, ListedTimer::User), seconds{924} - milliseconds{20}, milliseconds{2}));
  EXPECT_EQ(a.age, client.info().age);
  const std::string row = fmt::format("0 ESTABLISHED us {} {} {} 0 5000 retransmit:", client.info().local.to_string(),
                                      client.info().remote.to_string(), to_us(a.age));
  EXPECT_EQ(stack::to_text(a, 0).rfind(row, 0), 0u) << stack::to_text(a, 0);
  ConnectionRow b = only(From::B);
  expect_ends(b, From::B, port);
  expect_queues(b, 5000, 0, 0);
  EXPECT_EQ(b.bytes_in, 5004u);
  const std::uint32_t unit = 1u << b.rcv_wscale;
  // Promised before, and nothing was read; each of two ACKs rounds up.
  EXPECT_GE(b.rcv_wnd, window - 5000);
  EXPECT_LT(b.rcv_wnd, window - 5000 + 2 * unit);

  run(milliseconds{300});
  a = only(From::A);
  EXPECT_EQ(count(From::A).timeouts.get(), 1u);
  EXPECT_EQ(a.retransmits, 2u);
  EXPECT_EQ(a.sending.phase, cc::Phase::Loss);
  EXPECT_EQ(a.sending.bytes_sent, 5004u + a.sending.bytes_sent_again);
  EXPECT_GE(a.sending.bytes_sent_again, 1000u);
  EXPECT_GT(a.sending.lost, 0u);
  EXPECT_GT(to_us(a.sending.min_rtt), 1999);
  EXPECT_EQ(client.details().lost, a.sending.lost);
  EXPECT_EQ(client.info().phase, "loss");
  EXPECT_EQ(client.info().congestion_control, "cubic");
  EXPECT_EQ(a.backoff, 1u);
  EXPECT_EQ(a.rto, 2 * rto);
  EXPECT_TRUE(about(left(a, ListedTimer::Retransmit), probed + 3 * rto - world->now()));
  EXPECT_EQ(a.cwnd, mss() - 12u);
  EXPECT_EQ(a.ssthresh, std::max(5000u * 7 / 10, 2u * mss()));
  client.abort();
  server.abort();
}

TEST_F(Listing, S61_a_close_from_the_first_fin_to_the_end_of_time_wait) {
  start();
  establish();
  const std::uint16_t port = client.info().local.port;
  run(seconds{1});
  client.shutdown();
  ConnectionRow a = only(From::A);
  EXPECT_EQ(a.state, tcp::State::FinWait1);
  run(milliseconds{10});
  a = only(From::A);
  EXPECT_EQ(a.state, tcp::State::FinWait2);
  expect_queues(a, 0, 0, 0);
  EXPECT_EQ(running(a), Timers{}) << "no limit while the application reads";
  EXPECT_EQ(only(From::B).state, tcp::State::CloseWait);
  EXPECT_EQ(running(only(From::B)), Timers{});

  client.close();
  const Time given_up = world->now();
  run(seconds{20});
  a = only(From::A);
  EXPECT_EQ(a.state, tcp::State::FinWait2);
  EXPECT_EQ(running(a), Timers{ListedTimer::Idle});
  EXPECT_TRUE(about(left(a, ListedTimer::Idle), given_up + seconds{60} - world->now()));
  EXPECT_NE(stack::to_text(a, 0).find(" fin-wait-2:4"), std::string::npos) << stack::to_text(a, 0);

  server.shutdown();
  run(microseconds{500});
  ConnectionRow b = only(From::B);
  EXPECT_EQ(b.state, tcp::State::LastAck);
  expect_queues(b, 0, 0, 1);
  EXPECT_EQ(running(b), (Timers{ListedTimer::Retransmit, ListedTimer::User}));
  ASSERT_TRUE(run_until([&] { return only(From::A).state == tcp::State::TimeWait; }));
  const Time waits = world->now();
  run(seconds{30});
  EXPECT_TRUE(list(From::B).empty());
  a = only(From::A);
  expect_ends(a, From::A, port);
  expect_queues(a, 0, 0, 0);
  EXPECT_EQ(running(a), Timers{ListedTimer::User});
  EXPECT_TRUE(about(left(a, ListedTimer::User), waits + seconds{60} - world->now()));
  EXPECT_EQ(stack::to_text(a, 0).rfind("0 TIME-WAIT - ", 0), 0u);
  run(seconds{31});
  EXPECT_TRUE(list(From::A).empty());
}

TEST_F(Listing, S61_a_shut_window_and_an_idle_connection_with_keepalive) {
  ScenarioOptions small;
  small.listen.receive_buffer = 16'000;
  start(small);
  establish();
  api::Connection full = client, full_server = server;
  app_b.reading = false;
  app_a.stream(full, 100'000, 1);
  api::ConnectOptions options;
  options.keepalive = {true, seconds{10}, seconds{2}, 3};
  establish(options);
  const Time quiet = world->now();
  run(seconds{5});
  const auto rows = list(From::A);
  ASSERT_EQ(rows.size(), 2u);
  const ConnectionRow& shut = rows[rows[0].send_q > 0 ? 0 : 1];
  const ConnectionRow& idle = rows[rows[0].send_q > 0 ? 1 : 0];
  EXPECT_EQ(shut.snd_wnd, 0u);
  EXPECT_NE(shut.flags & tcp::kPersist, 0u);
  EXPECT_GT(shut.send_q, 16'000u);
  EXPECT_LE(shut.flight, 1u) << "a probe's byte at most";
  EXPECT_EQ(running(shut)[0], ListedTimer::Retransmit);
  EXPECT_NE(stack::to_text(shut, 0).find(" probe:"), std::string::npos) << stack::to_text(shut, 0);
  EXPECT_EQ(running(idle), Timers{ListedTimer::Idle});
  EXPECT_TRUE(about(left(idle, ListedTimer::Idle), quiet + seconds{10} - world->now(), milliseconds{3}));
  EXPECT_NE(stack::to_text(idle, 0).find(" keepalive:"), std::string::npos) << stack::to_text(idle, 0);
  for (api::Connection* each : {&full, &client}) each->abort();
  run(milliseconds{10});
  app_b.read_all();
  full_server.abort();
}

}  // namespace
}  // namespace millrace::sim
