// Accepting, connecting, timeouts, limits and stale events.
#include "proxy/proxy.h"

#include "bed.h"

namespace millrace::proxy {
namespace {

using api::CloseReason;
using api::CloseRule;
using ProxyTest = Bed;

TEST_F(ProxyTest, ListensWithItsOptions) {
  settings.listeners.push_back({endpoint(9, 443), 0});
  settings.listeners[0].options.dscp = 46;
  settings.receive_buffer = 1000;
  settings.send_buffer = 2000;
  start();
  ASSERT_EQ(shard.listeners.size(), 2u);
  EXPECT_EQ(shard.listeners[0].local, endpoint(9, 80));
  EXPECT_EQ(shard.listeners[1].local, endpoint(9, 443));
  EXPECT_TRUE(shard.listeners[0].options.no_delay);
  EXPECT_EQ(shard.listeners[0].options.dscp, 46);
  EXPECT_EQ(shard.listeners[1].options.dscp, 0);
  EXPECT_EQ(shard.listeners[0].options.receive_buffer, 1000u);
  EXPECT_EQ(shard.listeners[0].options.send_buffer, 2000u);
}

TEST_F(ProxyTest, SaysWhichListenerFailed) {
  shard.listen_error = api::Error::AddressInUse;
  Proxy p(settings, 1);
  const auto error = p.start(shard.api());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->listener, endpoint(9, 80));
  EXPECT_EQ(error->error, api::Error::AddressInUse);
}

TEST_F(ProxyTest, HasNothingToDoBeforeItStarts) {
  Proxy p(settings, 1);
  p.on_turn(shard.api(), shard.now);
  EXPECT_EQ(p.next_deadline(), std::nullopt);
  EXPECT_FALSE(p.drained());
}

TEST_F(ProxyTest, ConnectsEachClientToTheNextServer) {
  settings.upstreams[0].options.dscp = 10;
  settings.receive_buffer = 1000;
  settings.send_buffer = 2000;
  start();
  const Two first = accept();
  EXPECT_EQ(at(first.server).remote, endpoint(1, 8001));
  EXPECT_TRUE(at(first.server).options.no_delay);
  EXPECT_EQ(at(first.server).options.receive_buffer, 1000u);
  EXPECT_EQ(at(first.server).options.send_buffer, 2000u);
  EXPECT_EQ(at(first.server).options.dscp, 10);
  const Two second = accept();
  EXPECT_EQ(at(second.server).remote, endpoint(2, 8002));
  EXPECT_EQ(count().accepted.get(), 2u);
  EXPECT_EQ(count().active.get(), 2u);
  EXPECT_EQ(count().connected.get(), 0u);
  shard.connected(second.server);
  turn();
  EXPECT_EQ(count().connected.get(), 1u);
  EXPECT_EQ(server(1).connections.get(), 1u);
  EXPECT_EQ(server(0).connections.get(), 0u);
}

TEST_F(ProxyTest, EachListenerHasItsUpstream) {
  UpstreamSettings mail = settings.upstreams[0];
  mail.servers = {endpoint(7, 25)};
  settings.upstreams.push_back(mail);
  settings.listeners.push_back({endpoint(9, 25), 1});
  start();
  shard.accept(stack::Shard::kFirstListener + 1);
  turn();
  EXPECT_EQ(at(shard.last()).remote, endpoint(7, 25));
}

TEST_F(ProxyTest, UrgencyMovesWhatThereIs) {
  start();
  const Two two = joined();
  at(two.client).receive_queue = "u";  // the stack passes the mark on with the bytes
  shard.record(api::EventKind::Urgent, two.client);
  turn();
  EXPECT_EQ(at(two.server).delivered, "u");
  shard.record(api::EventKind::SoftError, two.client);
  shard.record(api::EventKind::ReceiveTimeout, two.server);
  turn();
  EXPECT_EQ(at(two.client).aborts + at(two.server).aborts, 0);
}

TEST_F(ProxyTest, EarlyBytesAndEndWaitForTheServer) {
  start();
  const Id client = shard.accept();
  shard.sends(client, "early");  // same burst as Accepted: carries no user value
  shard.fin(client);
  turn();
  const Id server = shard.last();
  EXPECT_EQ(at(client).receive_queue, "early");
  EXPECT_EQ(count().stale_events.get(), 0u);
  shard.connected(server);
  turn();
  EXPECT_EQ(at(server).delivered, "early");
  EXPECT_EQ(at(server).shutdowns, 1);
  EXPECT_EQ(count().bytes_to_upstream.get(), 5u);
}

TEST_F(ProxyTest, ClientResetInTheBurstThatAcceptedIt) {
  start();
  const Id client = shard.accept();
  shard.gone(client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(ended(PairEnd::ClientGone), 1u);
  EXPECT_EQ(at(shard.last()).aborts, 1);
  EXPECT_EQ(count().active.get(), 0u);
}

TEST_F(ProxyTest, ClientLeavesBeforeTheServerAnswers) {
  start();
  const Two two = accept();
  shard.gone(two.client, CloseReason::ResetByPeer);
  shard.connected(two.server);  // crosses it in the same burst
  turn();
  EXPECT_EQ(ended(PairEnd::ClientGone), 1u);
  EXPECT_EQ(at(two.server).aborts, 1);
  EXPECT_EQ(count().connected.get(), 0u);
  EXPECT_EQ(count().stale_events.get(), 1u);
  EXPECT_EQ(server(0).failures.get(), 0u) << "not the server's fault";
  EXPECT_EQ(count().connect_failures.get(), 0u);
}

TEST_F(ProxyTest, ARefusedConnectTriesTheNextServer) {
  start();
  const Two two = accept();
  shard.gone(two.server, CloseReason::Refused);
  turn();
  const Id second = shard.last();
  EXPECT_EQ(at(second).remote, endpoint(2, 8002));
  EXPECT_EQ(server(0).failures.get(), 1u);
  EXPECT_EQ(count().connect_failures.get(), 1u);
  EXPECT_EQ(count().connect_timeouts.get(), 0u);
  shard.connected(second);
  shard.sends(two.client, "x");
  turn();
  EXPECT_EQ(at(second).delivered, "x");
  EXPECT_EQ(server(1).active.get(), 1u);
}

TEST_F(ProxyTest, NoServerLeftResetsTheClient) {
  start();
  const Two two = accept();
  shard.gone(two.server, CloseReason::Unreachable);
  turn();
  shard.gone(shard.last(), CloseReason::Refused);
  turn();
  EXPECT_EQ(shard.connects, 2u) << "each server once";
  EXPECT_EQ(at(two.client).aborts, 1);
  EXPECT_EQ(ended(PairEnd::NoUpstream), 1u);
  EXPECT_EQ(count().connect_failures.get(), 2u);
  EXPECT_EQ(server(1).failures.get(), 1u);
  EXPECT_EQ(server(1).active.get(), 0u);
}

TEST_F(ProxyTest, ConnectsThatFailAtOnce) {
  start();
  shard.connect_script = {api::Error::NoRoute, std::nullopt};
  const Two two = accept();
  EXPECT_EQ(at(two.server).remote, endpoint(2, 8002));
  EXPECT_EQ(count().connect_failures.get(), 1u);
  EXPECT_EQ(server(0).failures.get(), 1u);
  shard.connect_script = {api::Error::NoRoute, std::nullopt, api::Error::NoPortsLeft, api::Error::NoPortsLeft};
  const Id client = shard.accept();
  turn();
  EXPECT_EQ(at(client).aborts, 1);
  EXPECT_EQ(ended(PairEnd::NoUpstream), 1u);
  EXPECT_EQ(count().connect_failures.get(), 3u);
  EXPECT_EQ(count().connect_no_ports.get(), 2u);
  EXPECT_EQ(server(0).failures.get() + server(1).failures.get(), 1u) << "a want of ours is not the server's failure";
}

TEST_F(ProxyTest, AFullTableRefusesTheClient) {
  start(1);
  shard.connect_script = {api::Error::TableFull, std::nullopt, api::Error::TableFull};
  const Id at_once = shard.accept();
  turn();
  EXPECT_EQ(shard.connects, 1u) << "no other server would change it";
  EXPECT_EQ(at(at_once).rule, CloseRule::AppLimit);
  EXPECT_EQ(count().refused.get(), 1u);
  EXPECT_EQ(count().active.get(), 0u);

  const Two two = accept();
  shard.gone(two.server, CloseReason::Refused);
  turn();
  EXPECT_EQ(at(two.client).rule, CloseRule::AppLimit);
  EXPECT_EQ(count().refused.get(), 2u);
  EXPECT_EQ(count().connect_failures.get(), 1u) << "the server that refused";
  EXPECT_EQ(all_ended(), 0u);
  EXPECT_EQ(at(joined().client).aborts, 0) << "the pair's place is free again";
}

TEST_F(ProxyTest, ConnectsFromTheUpstreamsSources) {
  settings.upstreams[0].sources = {endpoint(7, 0).address, endpoint(8, 0).address};
  start();
  EXPECT_EQ(at(accept().server).sources, settings.upstreams[0].sources);
  settings.upstreams[0].sources.clear();
  start();
  EXPECT_TRUE(at(accept().server).sources.empty());
}

TEST_F(ProxyTest, ConnectTimeoutTriesTheNextServerThenGivesUp) {
  start();
  const Time begin = shard.now;
  const Two two = accept();
  just_before(begin + seconds{3});
  EXPECT_EQ(at(two.server).aborts, 0);
  just_at(begin + seconds{3});
  EXPECT_EQ(at(two.server).aborts, 1);
  EXPECT_EQ(count().connect_timeouts.get(), 1u);
  EXPECT_EQ(count().connect_failures.get(), 1u);
  EXPECT_EQ(server(0).failures.get(), 1u);
  const Id second = shard.last();
  EXPECT_EQ(at(second).remote, endpoint(2, 8002));
  const Time again = shard.now;
  just_before(again + seconds{3});
  EXPECT_EQ(at(second).aborts, 0);
  just_at(again + seconds{3});
  EXPECT_EQ(at(second).aborts, 1);
  EXPECT_EQ(at(two.client).aborts, 1);
  EXPECT_EQ(ended(PairEnd::NoUpstream), 1u);
  EXPECT_EQ(count().connect_timeouts.get(), 2u);
}

TEST_F(ProxyTest, ConnectTimeoutEndsWithTheAnswer) {
  start();
  const Time begin = shard.now;
  const Two two = accept();
  turn_at(begin + seconds{2});
  shard.connected(two.server);
  turn();
  turn_at(begin + seconds{10});
  EXPECT_EQ(count().connect_timeouts.get(), 0u);
  EXPECT_EQ(count().active.get(), 1u);
}

TEST_F(ProxyTest, IdlePairEnds) {
  start();
  const Two two = joined();
  const Time begin = shard.now;
  just_before(begin + seconds{60});
  EXPECT_EQ(count().active.get(), 1u);
  just_at(begin + seconds{60});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 1u);
  EXPECT_EQ(at(two.client).aborts, 1);
  EXPECT_EQ(at(two.server).aborts, 1);
  EXPECT_EQ(server(0).active.get(), 0u);
}

TEST_F(ProxyTest, BytesPushTheIdleTimeoutOn) {
  start();
  const Two two = joined();
  turn_at(shard.now + seconds{40});
  shard.sends(two.server, "x");
  turn();
  at(two.client).acked = 1;
  const Time moved = shard.now;
  just_at(moved + seconds{20});  // the first look: 60 s after the beginning
  just_before(moved + seconds{60});
  EXPECT_EQ(count().active.get(), 1u);
  just_at(moved + seconds{60});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 1u);
}

TEST_F(ProxyTest, IdleTimeCountsFromTheLastMove) {
  start();
  const Two two = joined();
  const Time begin = shard.now;
  turn_at(begin + seconds{40});
  shard.sends(two.client, "x");
  turn();
  just_at(begin + seconds{60});  // a look: moved 20 s ago
  EXPECT_EQ(count().active.get(), 1u);
  just_before(begin + seconds{100});
  EXPECT_EQ(count().active.get(), 1u);
  just_at(begin + seconds{100});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 1u);
}

TEST_F(ProxyTest, AcknowledgmentsAreProgress) {
  start();
  const Two two = joined();
  shard.sends(two.server, "0123456789");
  turn();
  const Time begin = shard.now;
  just_at(begin + seconds{60});  // unacknowledged bytes were never seen before: progress
  ASSERT_EQ(count().active.get(), 1u);
  at(two.client).acked = 5;
  just_at(shard.now + seconds{60});
  ASSERT_EQ(count().active.get(), 1u);
  just_at(shard.now + seconds{60});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 1u);
}

TEST_F(ProxyTest, ArrivingBytesAreProgressEvenWithoutRoom) {
  start();
  const Two two = joined();
  at(two.client).room = 0;
  const Time begin = shard.now;
  shard.sends(two.server, "abc");
  turn();
  just_at(begin + seconds{60});
  EXPECT_EQ(count().active.get(), 1u);
  just_at(shard.now + seconds{60});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 1u);
}

TEST_F(ProxyTest, IdleZeroMeansNever) {
  settings.idle = Duration{0};
  start();
  joined();
  EXPECT_EQ(proxy->next_deadline(), std::nullopt);
  turn_at(shard.now + hours{100});
  EXPECT_EQ(count().active.get(), 1u);
}

TEST_F(ProxyTest, NextDeadlineIsThePairsTimer) {
  start();
  EXPECT_EQ(proxy->next_deadline(), std::nullopt);
  accept();
  const auto next = proxy->next_deadline();
  ASSERT_TRUE(next.has_value());
  EXPECT_LE(*next, shard.now + seconds{3} + microseconds{20});
  EXPECT_GT(*next, shard.now);
}

TEST_F(ProxyTest, RefusesMoreThanItsLimit) {
  start(2);
  joined();
  const Two second = joined();
  const Id third = shard.accept();
  turn();
  EXPECT_EQ(at(third).aborts, 1);
  EXPECT_EQ(count().refused.get(), 1u);
  EXPECT_EQ(shard.connects, 2u);
  shard.gone(second.client, CloseReason::ResetByPeer);
  turn();
  joined();
  EXPECT_EQ(count().refused.get(), 1u);
  EXPECT_EQ(count().active.get(), 2u);
}

TEST_F(ProxyTest, UnknownListenerIsRefused) {
  start();
  const Id client = shard.accept(stack::Shard::kFirstListener + 1);
  turn();
  EXPECT_EQ(at(client).aborts, 1);
  EXPECT_EQ(count().refused.get(), 1u);
}

TEST_F(ProxyTest, StaleEventsTouchNobody) {
  start(1);
  const Two old = joined();
  shard.gone(old.client, CloseReason::ResetByPeer);
  const Id reborn = shard.accept();  // takes the same place in the same burst
  shard.sends(old.server, "ghost");
  shard.gone(old.server, CloseReason::Normal);
  turn();
  EXPECT_EQ(count().stale_events.get(), 2u);
  EXPECT_EQ(count().active.get(), 1u);
  EXPECT_EQ(at(reborn).delivered, "");
  EXPECT_EQ(at(reborn).aborts + at(reborn).aborts_after_data, 0);
}

TEST_F(ProxyTest, EventsOfNobodyAreCounted) {
  start(1);
  const Id id = shard.accept();
  shard.events.clear();
  shard.record(api::EventKind::Readable, id);
  at(id).user = UserTag{Owner::Pair, Leg::Client, 0}.encode();
  shard.record(api::EventKind::Readable, id);
  at(id).user = UserTag{Owner::Pair, Leg::Client, 1}.encode();
  shard.record(api::EventKind::Readable, id);
  at(id).user = UserTag{Owner::Probe, Leg::Upstream, 0}.encode();
  shard.record(api::EventKind::Readable, id);
  turn();
  EXPECT_EQ(count().stale_events.get(), 4u);
}

TEST_F(ProxyTest, AWrongLegIsStale) {
  start();
  const Two two = joined();
  at(two.client).user = UserTag{Owner::Pair, Leg::Upstream, 0}.encode();
  shard.gone(two.client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(count().stale_events.get(), 1u);
  EXPECT_EQ(count().active.get(), 1u);
}

TEST_F(ProxyTest, OddEventsChangeNothing) {
  start();
  const Two two = accept();
  shard.record(api::EventKind::Writable, two.server);
  shard.record(api::EventKind::Connected, two.client);
  turn();
  EXPECT_EQ(count().connected.get(), 0u);
  shard.connected(two.server);
  turn();
  shard.record(api::EventKind::Connected, two.server);
  turn();
  EXPECT_EQ(count().connected.get(), 1u);
  EXPECT_EQ(server(0).active.get(), 1u);
}

TEST_F(ProxyTest, TimersAreHandledInBoundedTurns) {
  start(300);
  for (int i = 0; i < 300; ++i) joined();
  turn_at(shard.now + seconds{61});
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 256u);
  turn();
  EXPECT_EQ(ended(PairEnd::IdleTimeout), 300u);
}

}  // namespace
}  // namespace millrace::proxy
