// A whole runtime with two workers on a port that goes nowhere: calls of other threads reach the worker they are meant
// for.
#include "stack/runtime.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "api/app.h"
#include "api/owner_connect.h"
#include "quiet_runtime.h"

namespace millrace::stack {
namespace {

struct Opening {
  std::uint16_t worker = 0;
  std::optional<api::Error> error;
  std::string state;
  std::uint16_t port = 0;
};

Opening connect(Runtime& runtime, const api::Endpoint& remote, const api::ConnectOptions& options,
                std::uint16_t* asked) {
  std::promise<Opening> promise;
  const auto posted =
      api::connect_on_owner(runtime, remote, options, [&](api::Shard shard, api::Result<api::Connection> opened) {
        Opening result{shard.worker(), std::nullopt, "", 0};
        if (opened) {
          result.state = opened.value().info().state;
          result.port = opened.value().info().local.port;
        } else {
          result.error = opened.error();
        }
        promise.set_value(result);
      });
  if (!posted) return {0, posted.error(), "", 0};
  *asked = posted.value();
  return promise.get_future().get();
}

// One test: DPDK starts once in a process.
TEST(Runtime, S38_AFixedLocalPortOpensOnTheWorkerThatOwnsItsFlow) {
  Quiet app;
  Runtime runtime{two_workers_on_no_link(), [&](std::uint16_t) { return api::AppRef{app}.hook(); }};
  const api::Endpoint remote{wire::IpAddress::v4(0x0a010002), 80};
  std::vector<int> opened(2);
  for (std::uint16_t port = 40000; port < 40016; ++port) {
    api::ConnectOptions options;
    options.local_port = port;
    const auto owner = api::owner_of(runtime, remote, options);
    ASSERT_TRUE(owner);
    std::uint16_t asked = 99;
    const Opening result = connect(runtime, remote, options, &asked);
    EXPECT_EQ(result.error, std::nullopt);
    EXPECT_EQ(asked, owner.value());
    EXPECT_EQ(result.worker, owner.value());
    EXPECT_EQ(result.state, "SYN-SENT");
    EXPECT_EQ(result.port, port);
    ++opened[result.worker];
    const auto wrong =
        runtime.ask<std::optional<api::Error>>(static_cast<std::uint16_t>(1 - owner.value()), seconds{60},
                                               [&](Shard& shard, std::optional<api::Error>& error) {
                                                 const auto answer = api::Shard{shard}.connect(remote, options);
                                                 if (!answer) error = answer.error();
                                                 return TaskState::Done;
                                               });
    ASSERT_TRUE(wrong) << wrong.error;
    EXPECT_EQ(*wrong.answer, api::Error::NotThisWorker);
  }
  EXPECT_GT(opened[0], 0);
  EXPECT_GT(opened[1], 0);
  std::uint16_t asked = 99;
  EXPECT_EQ(connect(runtime, {wire::IpAddress::v4(0x0b000001), 80}, {}, &asked).error, api::Error::NoRoute);
  api::ConnectOptions foreign;
  foreign.local_address = wire::IpAddress::v4(0x0a010009);
  EXPECT_EQ(connect(runtime, remote, foreign, &asked).error, api::Error::NoRoute);
}

}  // namespace
}  // namespace millrace::stack
