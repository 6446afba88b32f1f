// Requests reach worker 0, news reach every other worker; a full ring loses the rest.
#include "stack/neighbor_exchange.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace millrace::stack {
namespace {

ip::NeighborRequest request(std::uint32_t n) { return {.port = 1, .ip = wire::IpAddress::v4(n)}; }
ip::NeighborUpdate update(std::uint32_t n) {
  return {.port = 2, .ip = wire::IpAddress::v4(n), .mac = {}, .state = ip::NeighborState::Reachable};
}

std::vector<std::uint32_t> asked(NeighborExchange& exchange) {
  std::vector<std::uint32_t> all;
  exchange.take_requests([&](const ip::NeighborRequest& r) { all.push_back(r.ip.v4_value()); });
  return all;
}
std::vector<std::uint32_t> told(NeighborExchange& exchange, std::uint16_t worker) {
  std::vector<std::uint32_t> all;
  exchange.take_updates(worker, [&](const ip::NeighborUpdate& u) { all.push_back(u.ip.v4_value()); });
  return all;
}

using Numbers = std::vector<std::uint32_t>;

TEST(NeighborExchange, CarriesRequestsToWorkerZero) {
  NeighborExchange exchange{3, 4};
  EXPECT_EQ(asked(exchange), Numbers{});
  exchange.ask(2, std::vector{request(21), request(22)});
  exchange.ask(1, std::vector{request(11)});
  EXPECT_EQ(asked(exchange), (Numbers{11, 21, 22}));
  EXPECT_EQ(asked(exchange), Numbers{});
}

TEST(NeighborExchange, CarriesNewsToEveryOther) {
  NeighborExchange exchange{3, 4};
  exchange.publish(std::vector{update(5), update(6)});
  EXPECT_EQ(told(exchange, 1), (Numbers{5, 6}));
  exchange.publish(std::vector{update(7)});
  EXPECT_EQ(told(exchange, 1), (Numbers{7}));
  EXPECT_EQ(told(exchange, 2), (Numbers{5, 6, 7}));
  EXPECT_EQ(told(exchange, 2), Numbers{});
}

TEST(NeighborExchange, LosesWhatDoesNotFit) {
  NeighborExchange exchange{2, 2};
  exchange.ask(1, std::vector{request(1), request(2), request(3)});
  exchange.publish(std::vector{update(1), update(2), update(3)});
  EXPECT_EQ(asked(exchange), (Numbers{1, 2}));
  EXPECT_EQ(told(exchange, 1), (Numbers{1, 2}));
}

TEST(NeighborExchange, OneTurnTakesABoundedNumberOfRequestsFromEach) {
  NeighborExchange exchange{3, 128};
  std::vector<ip::NeighborRequest> flood;
  for (std::uint32_t n = 0; n < 100; ++n) flood.push_back(request(n));
  exchange.ask(1, flood);
  exchange.ask(2, std::vector{request(1000)});
  Numbers expected(32);
  std::iota(expected.begin(), expected.end(), 0u);
  expected.push_back(1000);
  EXPECT_EQ(asked(exchange), expected);
  std::size_t turns = 1, rest = 0;
  while (exchange.take_requests([&](const ip::NeighborRequest&) { ++rest; })) ++turns;
  EXPECT_EQ(rest, 68u);
  EXPECT_EQ(turns, 4u);
}

TEST(NeighborExchange, AnyNumberOfWorkersIsHeard) {
  NeighborExchange exchange{100, 4};
  exchange.ask(99, std::vector{request(1), request(2)});
  EXPECT_EQ(asked(exchange), Numbers{1});
  EXPECT_EQ(asked(exchange), Numbers{2});
}

TEST(NeighborExchange, OneWorkerHasNobodyToTell) {
  NeighborExchange exchange{1, 2};
  exchange.publish(std::vector{update(1)});
  EXPECT_EQ(asked(exchange), Numbers{});
}

}  // namespace
}  // namespace millrace::stack
