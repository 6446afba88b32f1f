// S62: one end, one rule. For each kind of end the application's event, the entry in the ring and the counter name the
// same rule, and the rule says who ended the connection and how.
#include "sim/scenario.h"
#include "stack/connection_list.h"
#include "tcp/close_rule.h"
#include "wire/icmp.h"

namespace millrace::sim {
namespace {

using tcp::CloseRule;
using tcp::How;
using tcp::State;
using tcp::Who;

struct End {
  CloseRule rule;
  Who who;
  How how;
  State state;  ///< before it
};
/// The application hears of it, or has given the connection up before.
enum class App { Told, GaveUp };

class Reasons : public Scenario {
 protected:
  static constexpr int kAll = 1'000'000;

  /// Everything that has ended on one side: half-open connections last.
  std::vector<stack::ClosedRow> ends(From side) {
    std::vector<stack::ClosedRow> all;
    const tcp::ConnectionTable& table = host(side).shard().table();
    for (const tcp::ClosedLog* log : {&table.closed, &table.closed_half_opens}) {
      stack::ClosedPage page;
      EXPECT_EQ(stack::fill_page(host(side).shard(), *log, {}, 100, page), stack::TaskState::Done);
      all.insert(all.end(), page.rows.begin(), page.rows.end());
    }
    return all;
  }
  std::uint64_t counted(From side) {
    std::uint64_t sum = 0;
    for (const base::Counter& each : count(side).closed) sum += each.get();
    return sum;
  }
  /// One end on this side, and everything says the same of it. `connection` is A's or B's handle.
  void expect_end(From side, const End& end, App app_hears, const api::Connection& connection,
                  std::uint16_t port = 80) {
    SCOPED_TRACE(side == From::A ? "A" : "B");
    const auto all = ends(side);
    ASSERT_EQ(all.size(), 1u);
    const stack::ClosedRow& row = all[0];
    EXPECT_EQ(tcp::info(row.entry.rule).name, tcp::info(end.rule).name);
    EXPECT_EQ(tcp::info(row.entry.rule).who, end.who);
    EXPECT_EQ(tcp::info(row.entry.rule).how, end.how);
    EXPECT_EQ(row.entry.state, end.state);
    EXPECT_EQ(row.entry.active, side == From::A);
    EXPECT_EQ(row.ends.local, host(side).address());
    EXPECT_EQ(row.ends.remote, host(side == From::A ? From::B : From::A).address());
    EXPECT_EQ(side == From::A ? row.ends.remote_port : row.ends.local_port, port);
    EXPECT_EQ(count(side).closed[static_cast<std::size_t>(end.rule)].get(), 1u);
    EXPECT_EQ(counted(side), 1u);
    const Told& told = app(side).told(connection);
    EXPECT_EQ(told.closed, app_hears == App::Told);
    EXPECT_EQ(told.rule, app_hears == App::Told ? end.rule : CloseRule::None);
    EXPECT_EQ(told.reason, app_hears == App::Told ? tcp::reason_of(end.rule) : api::CloseReason::None);
  }
  void expect_reset_by_peer(From side) {
    expect_end(side, {CloseRule::ResetByPeer, Who::Peer, How::Reset, State::Established}, App::Told,
               side == From::A ? client : server);
  }
  void expect_no_end(From side) {
    EXPECT_TRUE(ends(side).empty());
    EXPECT_EQ(counted(side), 0u);
  }
};

TEST_F(Reasons, S62_fin_by_us_and_by_the_peer) {
  start();
  establish();
  client.shutdown();
  run(milliseconds{10});
  expect_no_end(From::A);
  server.shutdown();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::ClosedByUs, Who::Application, How::Fin, State::FinWait2}, App::Told, client);
  expect_end(From::B, {CloseRule::ClosedByPeer, Who::Peer, How::Fin, State::LastAck}, App::Told, server);
  run(seconds{61});
  EXPECT_EQ(counted(From::A), 1u) << "the end of TIME-WAIT is no second one";
}

TEST_F(Reasons, S62_fin_by_both) {
  start();
  establish();
  client.shutdown();
  server.shutdown();
  run(milliseconds{10});
  const End both{CloseRule::ClosedByBoth, Who::Both, How::Fin, State::Closing};
  expect_end(From::A, both, App::Told, client);
  expect_end(From::B, both, App::Told, server);
}

TEST_F(Reasons, S62_given_up_by_close_and_ended_by_fin) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  server.close();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::ClosedByUs, Who::Application, How::Fin, State::FinWait2}, App::GaveUp, client);
  expect_end(From::B, {CloseRule::ClosedByPeer, Who::Peer, How::Fin, State::LastAck}, App::GaveUp, server);
}

TEST_F(Reasons, S62_rst_by_us_and_by_the_peer) {
  start();
  establish();
  client.abort();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::Aborted, Who::Application, How::Reset, State::Established}, App::GaveUp, client);
  expect_reset_by_peer(From::B);
}

TEST_F(Reasons, S62_rst_by_us_behind_the_data) {
  start();
  establish();
  EXPECT_EQ(client.send(text("all of it")), 9u);
  client.abort_after_data();
  run(milliseconds{100});
  expect_end(From::A, {CloseRule::AbortedAfterData, Who::Application, How::Reset, State::Established}, App::GaveUp,
             client);
  EXPECT_EQ(ends(From::A)[0].entry.bytes_out, 9u);
  expect_reset_by_peer(From::B);
}

TEST_F(Reasons, S62_closed_with_unread_data) {
  start();
  establish();
  app_a.reading = false;
  EXPECT_EQ(server.send(text("never read")), 10u);
  run(milliseconds{100});
  client.close();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::ClosedUnread, Who::Application, How::Reset, State::Established}, App::GaveUp, client);
  EXPECT_EQ(ends(From::A)[0].entry.unread, 10u);
  expect_reset_by_peer(From::B);
}

TEST_F(Reasons, S62_data_after_close) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  EXPECT_EQ(server.send(text("for nobody")), 10u);
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::DataAfterClose, Who::Peer, How::Reset, State::FinWait2}, App::GaveUp, client);
  expect_end(From::B, {CloseRule::ResetByPeer, Who::Peer, How::Reset, State::CloseWait}, App::Told, server);
}

TEST_F(Reasons, S62_refused) {
  start();
  client = world->a.api().connect({world->b.address(), 81}).value();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::RefusedByPeer, Who::Peer, How::Refused, State::SynSent}, App::Told, client, 81);
  expect_no_end(From::B);
}

TEST_F(Reasons, S62_unreachable) {
  start();
  lose(From::A, [this](const TcpFrame& frame) {
    world->a.port().deliver(
        build_icmp_error(frame, wire::icmp_type::kDestinationUnreachable, wire::icmp_code::kPortUnreachable));
    return true;
  });
  client = open();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::Unreachable, Who::Network, How::Unreachable, State::SynSent}, App::Told, client);
}

TEST_F(Reasons, S62_connect_timeout) {
  start();
  lose(From::A, is_any, 1, kAll);
  client = open();
  run(seconds{181});
  expect_end(From::A, {CloseRule::ConnectTimeout, Who::Timer, How::Timeout, State::SynSent}, App::Told, client);
}

TEST_F(Reasons, S62_given_up_while_connecting) {
  start();
  lose(From::A, is_any, 1, kAll);
  client = open();
  run(seconds{1});
  client.abort();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::AbortedConnecting, Who::Application, How::Reset, State::SynSent}, App::GaveUp,
             client);
}

TEST_F(Reasons, S62_retransmission_timeout) {
  start();
  api::ConnectOptions options;
  options.user_timeout = seconds{10};
  establish(options);
  lose(From::B, is_any, 1, kAll);
  EXPECT_EQ(client.send(text("anybody?")), 8u);
  run(seconds{11});
  expect_end(From::A, {CloseRule::RetransmitTimeout, Who::Timer, How::Timeout, State::Established}, App::Told, client);
  EXPECT_EQ(ends(From::A)[0].entry.unsent, 8u);
  EXPECT_EQ(ends(From::A)[0].entry.retransmits, 6u);  // a probe after 0.2 s, the others after 0.4, 0.8, 1.6, 3.2, 6.4 s
  expect_reset_by_peer(From::B);
}

TEST_F(Reasons, S62_window_shut_and_probes_unanswered) {
  ScenarioOptions small;
  small.listen.receive_buffer = 16'000;
  start(small);
  api::ConnectOptions options;
  options.user_timeout = seconds{30};
  establish(options);
  app_b.reading = false;
  app_a.stream(client, 100'000, 1);
  run(seconds{5});
  lose(From::B, is_any, 1, kAll);
  run(minutes{2});
  expect_end(From::A, {CloseRule::ProbeTimeout, Who::Timer, How::Timeout, State::Established}, App::Told, client);
  server.abort();
}

TEST_F(Reasons, S62_keepalive) {
  start();
  api::ConnectOptions options;
  options.keepalive = {true, seconds{10}, seconds{2}, 3};
  establish(options);
  lose(From::B, is_any, 1, kAll);
  run(seconds{17});
  expect_end(From::A, {CloseRule::KeepaliveTimeout, Who::Timer, How::Timeout, State::Established}, App::Told, client);
  expect_reset_by_peer(From::B);
}

TEST_F(Reasons, S62_peer_that_never_closes) {
  start();
  establish();
  client.close();
  run(seconds{61});
  expect_end(From::A, {CloseRule::FinWait2Timeout, Who::Timer, How::Timeout, State::FinWait2}, App::GaveUp, client);
  expect_no_end(From::B);
  server.abort();
}

TEST_F(Reasons, S62_linger_timeout) {
  start();
  api::ConnectOptions options;
  options.linger = seconds{10};
  establish(options);
  lose(From::B, is_any, 1, kAll);
  EXPECT_EQ(client.send(text("lost")), 4u);
  client.close();
  run(seconds{11});
  expect_end(From::A, {CloseRule::LingerTimeout, Who::Timer, How::Timeout, State::FinWait1}, App::Told, client);
}

TEST_F(Reasons, S62_too_many_orphans) {
  ScenarioOptions none;
  none.a.tcp.max_orphans = 0;
  start(none);
  establish();
  client.close();
  run(milliseconds{10});
  expect_end(From::A, {CloseRule::OrphanLimit, Who::Policy, How::Reset, State::FinWait1}, App::GaveUp, client);
}

TEST_F(Reasons, S62_half_open_connection_that_expires) {
  start();
  lose(From::A, is_bare_ack, 1, kAll);
  client = open();
  run(seconds{64});
  expect_end(From::B, {CloseRule::HalfOpenExpired, Who::Timer, How::Timeout, State::SynReceived}, App::GaveUp, {});
  EXPECT_TRUE(app_b.events.empty()) << "no application has heard of it";
  expect_no_end(From::A);
  client.abort();
}

TEST_F(Reasons, S62_half_open_connection_that_the_peer_breaks_off) {
  start();
  lose(From::A, is_bare_ack, 1, kAll);
  client = open();
  run(milliseconds{10});
  client.abort();
  run(milliseconds{10});
  expect_end(From::B, {CloseRule::HalfOpenReset, Who::Peer, How::Reset, State::SynReceived}, App::GaveUp, {});
  EXPECT_TRUE(app_b.events.empty());
}

}  // namespace
}  // namespace millrace::sim
