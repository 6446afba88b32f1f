// The MSS that both sides find when a connection opens (RFC 9293 3.7.1).
#include "sim/opening_bed.h"

namespace millrace::sim {
namespace {

using wire::SeqNum;

class Mss : public Opening {
 protected:
  /// The longest text that each side sends when both have more than enough.
  std::pair<std::size_t, std::size_t> longest_texts() {
    establish();
    app_a.stream(client, 20'000, 1);
    app_b.stream(server, 20'000, 2);
    EXPECT_TRUE(run_until(
        [&] { return app_b.told(server).received.size() == 20'000 && app_a.told(client).received.size() == 20'000; }));
    std::size_t longest[2] = {0, 0};
    for (const Seen& s : seen) {
      std::size_t& most = longest[s.from == From::A ? 0 : 1];
      most = std::max(most, s.frame.text.size());
    }
    close_both();
    run(milliseconds{10});
    return {longest[0], longest[1]};
  }
};

TEST_F(Mss, S11_both_send_the_smaller_of_both_less_options) {
  ScenarioOptions options;
  options.b.mtu = 1300;
  start(options);
  const std::size_t longest = 1300u - header_size(family) - 12;
  EXPECT_EQ(longest_texts(), std::pair(longest, longest));
}

TEST_F(Mss, S11_a_peer_that_announces_none_gets_the_default) {
  start();
  lose(From::A, is_rst, 1, 1000);  // A knows nothing of what is forged in its name
  TcpFrame syn;
  syn.source = world->a.address();
  syn.destination = world->b.address();
  syn.tcp.source_port = 1234;
  syn.tcp.destination_port = 80;
  syn.tcp.seq = SeqNum{5000};
  syn.tcp.ctl.bits = wire::Ctl::kSyn;
  syn.tcp.window = 60'000;
  inject(From::A, syn);
  run(milliseconds{10});
  ASSERT_EQ(seen_from(From::B, is_syn_ack).size(), 1u);
  TcpFrame ack = syn;
  ack.tcp.seq += 1;
  ack.tcp.ack = seen_from(From::B, is_syn_ack)[0].frame.tcp.seq + 1;
  ack.tcp.ctl.bits = wire::Ctl::kAck;
  inject(From::A, ack);
  run(milliseconds{10});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  app_b.stream(app_b.accepted[0], 4000, 1);
  run(milliseconds{10});
  const auto texts = seen_from(From::B, has_text);
  ASSERT_GE(texts.size(), 3u);
  EXPECT_EQ(texts[0].frame.text.size(), family == Family::V4 ? 536u : 1220u);
  EXPECT_EQ(texts[1].frame.text.size(), texts[0].frame.text.size());
  app_b.accepted[0].abort();
}

TEST_F(Mss, S11_the_listeners_clamp_holds_for_both_directions) {
  ScenarioOptions options;
  options.listen.mss_clamp = 1200;
  start(options);
  EXPECT_EQ(longest_texts(), std::pair(1200ul - 12, 1200ul - 12));
}

TEST_F(Mss, S11_the_cookie_keeps_it_rounded_down) {
  ScenarioOptions options;
  options.a.mtu = family == Family::V4 ? 1450 : 1470;  // announces 1410
  options.listen.syn_cookies = api::SynCookies::Always;
  start(options);
  EXPECT_EQ(longest_texts(), std::pair(1410ul - 12, 1400ul - 12));
}

}  // namespace
}  // namespace millrace::sim
