// What sockets need of the event API beyond what a program in its style does: an end told while bytes wait, a backlog
// of connections not taken, room asked for, corks, options for closing and opening.
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

class SocketCalls : public Scenario {
 protected:
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
  int count_of(const ManualApp& app, api::EventKind kind) {
    return static_cast<int>(std::count(app.events.begin(), app.events.end(), kind));
  }
};

TEST_F(SocketCalls, AnEndIsToldWhileBytesWaitAndClosedWhenTheyAreRead) {
  start();
  establish();
  app_b.reading = false;
  ASSERT_EQ(client.send(text("last words")), 10u);
  run(milliseconds{10});
  client.abort();
  run(milliseconds{10});
  EXPECT_EQ(app_b.events.back(), api::EventKind::Ended);
  EXPECT_EQ(server.details().state, api::State::Closed);
  EXPECT_EQ(server.details().rule, api::CloseRule::ResetByPeer);
  std::vector<std::byte> rest(32);
  rest.resize(server.receive(rest));
  EXPECT_EQ(rest, text("last words"));
  run(milliseconds{1});
  EXPECT_EQ(app_b.events.back(), api::EventKind::Closed);
}

TEST_F(SocketCalls, AnEndWithNothingToReadIsToldOnce) {
  start();
  establish();
  client.abort();
  run(milliseconds{10});
  EXPECT_EQ(count_of(app_b, api::EventKind::Ended), 0);
  EXPECT_EQ(count_of(app_b, api::EventKind::Closed), 1);
}

TEST_F(SocketCalls, ABacklogHoldsConnectionsBackUntilSomeAreTaken) {
  ScenarioOptions options;
  options.listen.backlog = 1;
  start(options);
  client = open();
  api::Connection second = open();
  run(milliseconds{100});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  world->b.api().took(0);
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 2; }, seconds{10}));
  api::Connection third = open();
  run(milliseconds{100});
  EXPECT_EQ(third.details().state, api::State::SynSent) << "the second was not taken";
  world->b.api().set_backlog(0, 2);
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 3; }, seconds{10}));
  for (api::Connection connection : {client, second, third}) connection.abort();
}

TEST_F(SocketCalls, RoomIsThereOrComes) {
  start();
  establish();
  EXPECT_TRUE(client.ask_room());
  app_b.reading = false;
  api::ConnectionOptions small;
  small.send_buffer = 16384;
  client.set_options(small);
  const std::vector<std::byte> much(300'000);
  std::size_t sent = client.send(much);
  run(seconds{1});
  sent += client.send(much);
  run(seconds{1});
  sent += client.send(much);
  EXPECT_FALSE(client.ask_room());
  app_a.events.clear();
  app_b.read_all();
  app_b.reading = true;
  run(seconds{1});
  EXPECT_EQ(count_of(app_a, api::EventKind::Writable), 1);
  EXPECT_TRUE(client.ask_room());
  EXPECT_EQ(app_b.told(server).received.size(), sent);
  close_both();
}

TEST_F(SocketCalls, ACorkHoldsBackWhatFillsNoSegment) {
  start();
  establish();
  client.set_cork(true);
  EXPECT_EQ(client.send(text("head")), 4u);
  run(seconds{1});
  EXPECT_TRUE(seen_from(From::A, has_text).empty());
  EXPECT_EQ(client.details().unsent, 4u);
  const std::vector<std::byte> body(2000);
  EXPECT_EQ(client.send(body), 2000u);
  run(milliseconds{10});
  const std::size_t full = client.details().send_mss;
  ASSERT_EQ(seen_from(From::A, has_text).size(), 1u);
  EXPECT_EQ(seen_from(From::A, has_text)[0].frame.text.size(), full);
  client.set_cork(false);
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).received.size(), 2004u);
  client.set_cork(true);
  EXPECT_EQ(client.send(text("tail")), 4u);
  close_both();
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).received.size(), 2008u) << "the end pulls the cork";
}

TEST_F(SocketCalls, ADelayedAckGoesWhenAsked) {
  start();
  establish();
  app_b.reading = false;
  ASSERT_EQ(client.send(text("x")), 1u);
  run(milliseconds{5});
  EXPECT_TRUE(seen_from(From::B, is_bare_ack).empty());
  server.acknowledge_now();
  run(milliseconds{5});
  EXPECT_EQ(seen_from(From::B, is_bare_ack).size(), 1u);
  server.acknowledge_now();
  run(milliseconds{5});
  EXPECT_EQ(seen_from(From::B, is_bare_ack).size(), 1u) << "none is due";
  app_b.read_all();
  close_both();
}

TEST_F(SocketCalls, PeekingFromAPlaceConsumesNothing) {
  start();
  establish();
  app_b.reading = false;
  const auto stream = stream_bytes(7, 5000);
  ASSERT_EQ(client.send(stream), 5000u);
  run(milliseconds{200});
  for (const std::size_t skip : {0u, 1u, 1459u, 1460u, 3000u, 4999u}) {
    std::vector<std::byte> out(2000);
    out.resize(server.peek(skip, out));
    const std::size_t n = std::min<std::size_t>(2000, 5000 - skip);
    EXPECT_TRUE(std::equal(out.begin(), out.end(), stream.begin() + static_cast<std::ptrdiff_t>(skip),
                           stream.begin() + static_cast<std::ptrdiff_t>(skip + n)));
  }
  std::vector<std::byte> none(1);
  EXPECT_EQ(server.peek(5000, none), 0u);
  EXPECT_EQ(server.readable(), 5000u);
  app_b.read_all();
  close_both();
}

TEST_F(SocketCalls, FinWait2HasTheConnectionsOwnLimit) {
  start();
  api::ConnectOptions options;
  options.fin_wait_2_timeout = seconds{5};
  establish(options);
  client.close();
  run(seconds{4});
  EXPECT_EQ(world->a.shard().table().tcbs.used(), 1u);
  run(seconds{2});
  EXPECT_EQ(world->a.shard().table().tcbs.used(), 0u);
  server.abort();
}

TEST_F(SocketCalls, SynsAreRepeatedAsOftenAsTheOpenSays) {
  start();
  lose(From::A, is_syn, 1, 100);
  api::ConnectOptions options;
  options.syn_retries = 2;
  client = open(options);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }, minutes{1}));
  EXPECT_EQ(app_a.told(client).rule, api::CloseRule::ConnectTimeout);
  EXPECT_EQ(seen_from(From::A, is_syn).size(), 3u);
}

TEST_F(SocketCalls, UnusedPortsAreOnesThatNobodyListensOn) {
  ScenarioOptions options;
  options.b.ports = {50000, 50001};
  start(options);
  ASSERT_TRUE(world->b.api().listen({world->b.address(), 50000}));
  EXPECT_EQ(world->b.api().unused_port(), 50001);
  ASSERT_TRUE(world->b.api().listen({world->b.address(), 50001}));
  EXPECT_EQ(world->b.api().unused_port(), 0);
  EXPECT_TRUE(world->b.api().has_address(world->b.address()));
  EXPECT_FALSE(world->b.api().has_address(world->a.address()));
}

TEST_F(SocketCalls, DetailsAreThoseOfTheConnection) {
  start();
  establish();
  ASSERT_EQ(client.send(text("hello")), 5u);
  run(milliseconds{100});
  const api::ConnectionDetails details = client.details();
  EXPECT_EQ(details.local.address, world->a.address());
  EXPECT_EQ(details.remote, (api::Endpoint{world->b.address(), 80}));
  EXPECT_EQ(details.state, api::State::Established);
  EXPECT_EQ(details.path_mtu, 1500u);
  EXPECT_EQ(details.receive_mss, mss());
  EXPECT_EQ(details.send_mss, mss() - (details.timestamps ? 12u : 0u));
  EXPECT_EQ(details.bytes_out, 5u);
  EXPECT_GT(details.rtt_us, 1999u);
  EXPECT_EQ(details.in_flight, 0u);
  EXPECT_EQ(api::Connection{}.details().state, api::State::Closed);
  close_both();
}

}  // namespace
}  // namespace millrace::sim
