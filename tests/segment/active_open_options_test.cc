// What an active OPEN asks for: the user's options in the Tcb, and the tables' room.
#include "active_open_bed.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

TEST_F(ActiveOpen, TableFull) {
  for (std::uint16_t i = 0; i < limits.connections; ++i) {
    ++key.local_port;
    connect();
  }
  ++key.local_port;
  EXPECT_EQ(open_active(key, {}, env), nullptr);
  EXPECT_EQ(table.flows.size(), limits.connections);
  while (Tcb* t = ready.pop()) (void)t;
}

TEST_F(ActiveOpen, OptionsReachTheTcb) {
  OpenOptions options;
  options.no_delay = true;
  options.receive_buffer = 65536;
  options.send_buffer = 1234;
  options.user_timeout = seconds{5};
  options.keepalive = {true, milliseconds{1001}, milliseconds{1}, 3};
  options.dscp = 46;
  options.hop_limit = 3;
  options.user = 99;
  connect(options);
  EXPECT_TRUE(tcb().has(kNoDelay));
  EXPECT_EQ(tcb().rcv_buffer, 65536u);
  EXPECT_EQ(tcb().snd_buffer, 1234u);
  EXPECT_EQ(tcb().dscp, 46);
  EXPECT_EQ(tcb().hop_limit, 3);
  EXPECT_EQ(tcb().user, 99u);
  EXPECT_EQ(tcb().rcv_wscale, 1);
  EXPECT_EQ(tcb().rmss, 1460);
  EXPECT_EQ(tcb().smss, 536);
  const RarePart& rare = table.rare_part(tcb());
  EXPECT_EQ(rare.user_timeout_ms, 5000u);
  EXPECT_EQ(rare.keepalive_idle_s, 2);
  EXPECT_EQ(rare.keepalive_interval_s, 1);
  EXPECT_EQ(rare.keepalive_count, 3);
  drain();
}

TEST_F(ActiveOpen, DefaultsNeedNoRarePart) {
  connect();
  EXPECT_EQ(tcb().rare, base::kNoIndex);
  EXPECT_EQ(table.rare_parts.used(), 0u);
  EXPECT_EQ(tcb().hop_limit, 64);
  EXPECT_EQ(tcb().dscp, 0);
  drain();
}

TEST_F(ActiveOpen, TimeoutsAtTheirBounds) {
  EXPECT_EQ(timeout_ms(nanoseconds{1}), 1u);
  EXPECT_EQ(timeout_ms(seconds{924}), 924'000u);
  EXPECT_EQ(timeout_ms(hours{9}), 9u * 3600 * 1000);
  EXPECT_EQ(timeout_ms(hours{9} + nanoseconds{1}), 0xffff'ffffu);
  EXPECT_EQ(timeout_ms(Duration::max()), 0xffff'ffffu);
  OpenOptions options;
  options.keepalive = {true, hours{9}, Duration{0}, 3};
  connect(options);
  EXPECT_EQ(table.rare_part(tcb()).keepalive_idle_s, 32'000);
  EXPECT_EQ(table.rare_part(tcb()).keepalive_interval_s, 1);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
