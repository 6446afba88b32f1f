// What RFC 9293 asks of the calls OPEN and LISTEN (3.9.1.1), by its numbers; and what our own programs keep to.
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using wire::Ctl;
using wire::SeqNum;

class Calls : public Scenario {
 protected:
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

// Proves MUST-41.
TEST_F(Calls, ListeningOnceMoreFailsOrMakesANewRecordAndHarmsNone) {
  start();
  establish();
  const auto again = world->b.api().listen({world->b.address(), 80});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), api::Error::AddressInUse);
  world->b.api().stop_listening(0);
  const auto anew = world->b.api().listen({world->b.address(), 80});
  ASSERT_TRUE(anew);
  EXPECT_EQ(anew.value(), 1);
  EXPECT_EQ(state(server), "ESTABLISHED");
  EXPECT_EQ(client.send(text("to the first")), 12u);
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).received, text("to the first"));
  close_both();
}

// Proves MUST-42.
TEST_F(Calls, ListenOnThePortOfAConnectionInSynSent) {
  start();
  api::ConnectOptions options;
  options.local_port = 40000;
  lose(From::A, is_syn, 1, 1);
  client = open(options);
  run(milliseconds{10});
  ASSERT_EQ(state(client), "SYN-SENT");
  EXPECT_TRUE(world->a.api().listen({world->a.address(), 40000}));
  ASSERT_TRUE(run_until([&] { return app_a.told(client).open && !app_b.accepted.empty(); }));
  server = app_b.accepted[0];
  close_both();
}

// Proves MUST-42.
TEST_F(Calls, ListenOnThePortOfAConnectionInSynReceived) {
  start();
  lose(From::B, is_syn_ack, 1, 1);
  client = open();
  run(milliseconds{10});
  ASSERT_EQ(world->b.shard().table().half_opens.used(), 1u);
  world->b.api().stop_listening(0);
  EXPECT_TRUE(world->b.api().listen({world->b.address(), 80}));
  client.abort();
}

// Proves MUST-43, MUST-44, MUST-45.
TEST_F(Calls, LocalAddressIsTheOneGivenOrTheOneChosenOnceAndForAll) {
  ScenarioOptions with_two;
  with_two.a.more_addresses = {0x0a000003};
  with_two.b.more_addresses = {0x0a000004};
  start(with_two);
  const wire::IpAddress second = address_of(family, 0x0a000003);
  for (const bool given : {true, false}) {
    api::ConnectOptions options;
    if (given) options.local_address = second;
    const wire::IpAddress expected = given ? second : world->a.address();  // the route's source
    seen.clear();
    client = open(options);
    lose(From::A, has_text);
    EXPECT_EQ(client.send(text("x")), 1u);
    EXPECT_EQ(client.info().local.address, expected);
    ASSERT_TRUE(run_until([&] { return app_a.told(client).open && !app_b.accepted.empty(); }));
    server = app_b.accepted.back();
    run(seconds{1});
    EXPECT_EQ(app_b.told(server).received, text("x"));
    EXPECT_EQ(server.info().remote.address, expected);
    EXPECT_EQ(client.info().local.address, expected);
    server.close();
    run(milliseconds{10});
    client.close();
    run(milliseconds{10});
    EXPECT_EQ(seen_from(From::A, has_text).size(), 2u) << "once more: it was lost";
    EXPECT_GE(seen.size(), 8u);
    for (const Seen& s : seen) EXPECT_EQ(s.from == From::A ? s.frame.source : s.frame.destination, expected);
    app_b.accepted.clear();
  }
  // The same of a passive OPEN: the other address of the host is not listened on.
  const wire::IpAddress second_of_b = address_of(family, 0x0a000004);
  ASSERT_TRUE(world->b.api().listen({second_of_b, 82}));
  client = world->a.api().connect({world->b.address(), 82}).value();
  run(milliseconds{10});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
  seen.clear();
  client = world->a.api().connect({second_of_b, 82}).value();
  run(milliseconds{10});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  EXPECT_EQ(app_b.accepted[0].info().local.address, second_of_b);
  app_b.accepted[0].abort();
  run(milliseconds{10});
  EXPECT_EQ(shapes(), (std::vector<std::string>{"A S", "B S.", "A .", "B R."}));
  for (const Seen& s : seen) EXPECT_EQ(s.from == From::B ? s.frame.source : s.frame.destination, second_of_b);

  api::ConnectOptions foreign;
  foreign.local_address = world->b.address();
  const auto refused = world->a.api().connect({world->b.address(), 80}, foreign);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), api::Error::InvalidAddress);
}

// Proves MUST-46.
TEST_F(Calls, OpenToAnAddressThatIsNobodysIsAnError) {
  start();
  for (const char* address : {"224.0.0.1", "255.255.255.255", "10.0.0.255", "0.0.0.0", "ff02::1", "::"}) {
    const auto refused = world->a.api().connect({*wire::IpAddress::parse(address), 80});
    ASSERT_FALSE(refused) << address;
    // On IPv6 10.0.0.255 is no broadcast address, and there is no route to it.
    const bool no_broadcast_here = !world->a.address().is_v4() && std::string_view{address} == "10.0.0.255";
    EXPECT_EQ(refused.error(), no_broadcast_here ? api::Error::NoRoute : api::Error::InvalidAddress) << address;
  }
  EXPECT_EQ(world->a.api().connections(), 0u);
  EXPECT_TRUE(seen.empty());
}

TEST_F(Calls, NothingIsUrgentAndOfAnotherClassUnlessSomebodyAsks) {
  start();
  std::vector<unsigned> classes;
  const auto look = [&](const io::Frame& frame) {
    const std::size_t ip = 14;
    const bool v4 = frame.size() > 20 && frame[12] == std::byte{0x08} && frame[13] == std::byte{0};
    const bool v6 = frame.size() > 20 && frame[12] == std::byte{0x86};
    if (v4) classes.push_back(std::to_integer<unsigned>(frame[ip + 1]));
    if (v6)
      classes.push_back((std::to_integer<unsigned>(frame[ip]) & 15) << 4 |
                        std::to_integer<unsigned>(frame[ip + 1]) >> 4);
    return false;
  };
  establish();
  world->a_to_b.set_tamper([&](const io::Frame& frame) {
    const auto parsed = parse_tcp_frame(frame);
    EXPECT_TRUE(!parsed || (!parsed->tcp.ctl.urg() && parsed->tcp.urgent_pointer == 0));
    return look(frame);
  });
  app_a.stream(client, 100'000, 1, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  server.close();
  run(seconds{1});
  EXPECT_GT(classes.size(), 50u);
  for (const unsigned one : classes) EXPECT_EQ(one, 0u);
}

}  // namespace
}  // namespace millrace::sim
