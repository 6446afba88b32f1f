// SYN cookies beside the SYN cache: from when on they are sent, and what is full.
#include "syn_cookie_bed.h"
#include "tcp/close.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Cookies, S09_AutoSendsThemFromTheWatermarkOn) {
  given_cookies(SynCookies::Auto);
  for (int i = 0; i < 10; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(listeners[0].half_open, 6u);  // 75 % of 8
  EXPECT_EQ(count.syn_cookies_sent.get(), 4u);
  drain();
  for (int i = 0; i < 6; ++i) elapse(seconds{64});  // the entries expire
  drain();
  ++key.remote_port;
  arrives(plain_syn());
  EXPECT_EQ(listeners[0].half_open, 1u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 4u);
  drain();
}

TEST_F(Cookies, S09_AutoLooksAtTheShardsCacheToo) {
  given_cookies(SynCookies::Auto);
  listeners[0].options.half_open_limit = 1000;
  for (std::uint32_t i = 0; i < limits.half_open; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(table.half_opens.used(), 6u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
  drain();
}

TEST_F(Cookies, TheWatermarkReachesFromNoneToAll) {
  given_cookies(SynCookies::Auto);
  listeners[0].options.cookie_watermark = 0;
  arrives(plain_syn());
  EXPECT_EQ(count.syn_cookies_sent.get(), 1u);
  listeners[0].options.cookie_watermark = 100;
  for (int i = 0; i < 9; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(listeners[0].half_open, 8u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
  drain();
}

TEST_F(Cookies, S09_WithoutThemAFullCacheDropsTheSyn) {
  given_cookies(SynCookies::Cache);
  for (int i = 0; i < 10; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(i < 8 ? Outcome::AnsweredSyn : Outcome::DroppedTableFull);
  }
  EXPECT_EQ(count.syn_cache_full.get(), 2u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 0u);
  drain();
}

TEST_F(Cookies, TheAckOfACookieWinsOverAnEntryOfTheSameSyn) {
  given_cookies();
  given_cookie(linux_syn());
  // The SYN comes again, when the cache has room.
  listeners[0].options.syn_cookies = SynCookies::Cache;
  arrives(linux_syn());
  ASSERT_EQ(table.half_opens.used(), 1u);
  drain();
  arrives(seg().seq(1).ack(1).ts(6, ts_val).data(3));
  counted(Outcome::Delivered);
  state(State::Established);
  events("Accepted", "Readable 3");
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  drain();
}

TEST_F(Cookies, AFullConnectionTableLosesNothing) {
  const flow::FlowKey first = key;
  key.local_port = 1;
  for (std::uint32_t i = 0; i < limits.connections; ++i) {
    ++key.remote_port;
    connect();
  }
  drain();
  key = first;
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(5));
  counted(Outcome::DroppedTableFull);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 0u);
  terminate(table.tcbs[0], CloseRule::Aborted, env);
  drain();
  arrives(seg().seq(1).ack(1).data(5));
  counted(Outcome::Delivered);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  drain();
}

TEST_F(Cookies, PressureRefusesThemToo) {
  given_cookies();
  env.pressure = Pressure::Syns;
  arrives(plain_syn());
  counted(Outcome::DroppedPressure);
  sends_nothing();
}

}  // namespace
}  // namespace millrace::tcp::test
