// Why a pair ended, as connections and the log are told.
#include <string>
#include <vector>

#include "base/log.h"
#include "bed.h"
#include "proxy/proxy.h"

namespace millrace::proxy {
namespace {

using api::CloseReason;
using api::CloseRule;
using ProxyTest = Bed;

/// Lines of the log while it lives.
class LogLines {
 public:
  LogLines() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { lines.emplace_back(text); });
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  ~LogLines() { base::set_log_sink({}); }
  std::vector<std::string> lines;
};

TEST_F(ProxyTest, S62_EveryResetOfOursSaysWhy) {
  start(2);
  const Two timed_out = accept();
  shard.now += seconds{3} + milliseconds{1};
  turn();
  EXPECT_EQ(at(timed_out.server).rule, CloseRule::AppConnectTimeout);
  shard.gone(shard.last(), CloseRule::RefusedByPeer);
  turn();
  EXPECT_EQ(at(timed_out.client).rule, CloseRule::AppNoServer);
  const Two left = accept();
  shard.gone(left.client, CloseRule::ResetByPeer);
  turn();
  EXPECT_EQ(at(left.server).rule, CloseRule::AppOtherLeg);
  const Two reset = joined();
  shard.gone(reset.server, CloseRule::ResetByPeer);
  turn();
  EXPECT_EQ(at(reset.client).rule, CloseRule::AppOtherLeg);
  const Two idle = joined();
  turn_at(shard.now + seconds{61});
  EXPECT_EQ(at(idle.client).rule, CloseRule::AppIdleTimeout);
  EXPECT_EQ(at(idle.server).rule, CloseRule::AppIdleTimeout);
  const Two first = joined();
  joined();
  const Id beyond = shard.accept();
  turn();
  EXPECT_EQ(at(beyond).rule, CloseRule::AppLimit);
  draining = true;
  proxy->drain(shard.api(), shard.now + seconds{1});
  const Id late = shard.accept();
  turn();
  EXPECT_EQ(at(late).rule, CloseRule::AppDrain);
  turn_at(shard.now + seconds{2});
  EXPECT_EQ(at(first.client).rule, CloseRule::AppDrain);
  EXPECT_EQ(at(first.server).rule, CloseRule::AppDrain);
}

TEST_F(ProxyTest, S62_TheLogSaysWhichLegEndedFirstAndWhy) {
  start();
  LogLines log;
  const Two two = joined();
  at(two.client).remote = endpoint(33, 4711);
  at(two.client).local = endpoint(9, 80);
  at(two.client).age = milliseconds{3200};
  at(two.server).local = endpoint(8, 40000);
  shard.sends(two.client, "hello");
  turn();
  shard.gone(two.server, CloseRule::ResetByPeer);
  turn();
  ASSERT_EQ(log.lines.size(), 1u);
  EXPECT_EQ(log.lines[0],
            "pair 33:4711 -> 9:80 | 8:40000 -> 1:8001: ended by the server first: reset by the peer (RST at RCV.NXT, "
            "RFC 9293 3.10.7.4), after 3.200 s; 5 bytes from the client, 0 from the server");
}

TEST_F(ProxyTest, S62_TheLogNamesTheServerThatTookNoConnection) {
  start();
  LogLines log;
  const Two two = accept();
  at(two.client).remote = endpoint(33, 4711);
  at(two.client).local = endpoint(9, 80);
  shard.gone(two.server, CloseRule::RefusedByPeer);
  turn();
  shard.now += seconds{3} + milliseconds{1};
  turn();
  ASSERT_EQ(log.lines.size(), 3u);
  EXPECT_EQ(
      log.lines[0],
      "upstream web: 1:8001 took no connection: refused by the peer (RST in answer to our SYN, RFC 9293 3.10.7.3)");
  EXPECT_EQ(log.lines[1],
            "upstream web: 2:8002 took no connection: the server did not answer in time (connect_timeout or "
            "health_timeout of the upstream)");
  EXPECT_EQ(log.lines[2].rfind("pair 33:4711 -> 9:80: ended by us first: no server of the upstream answered", 0), 0u)
      << log.lines[2];
}

TEST_F(ProxyTest, S62_NormalEndsAreNotLogged) {
  start();
  LogLines log;
  const Two two = joined();
  shard.fin(two.client);
  shard.fin(two.server);
  turn();
  shard.gone(two.client, CloseRule::ClosedByPeer);
  shard.gone(two.server, CloseRule::ClosedByUs);
  turn();
  EXPECT_EQ(ended(PairEnd::Finished), 1u);
  EXPECT_TRUE(log.lines.empty());
}

TEST_F(ProxyTest, S62_AFloodOfEndsIsAFewLines) {
  start(100);
  LogLines log;
  for (int i = 0; i < 50; ++i) shard.gone(joined().server, CloseRule::ResetByPeer);
  turn();
  EXPECT_EQ(log.lines.size(), 1u);
  shard.now += milliseconds{100};
  shard.gone(joined().server, CloseRule::ResetByPeer);
  turn();
  ASSERT_EQ(log.lines.size(), 2u);
  EXPECT_NE(log.lines[1].find("(49 more like this left out)"), std::string::npos) << log.lines[1];
}

}  // namespace
}  // namespace millrace::proxy
