// A listener that answers by SYN cookies, and SYNs for it.
#pragma once

#include "fixture.h"
#include "tcp/isn.h"
#include "tcp/syn_cookie.h"

namespace millrace::tcp::test {

class Cookies : public SegmentTest {
 protected:
  void given_cookies(SynCookies mode = SynCookies::Always, const UserOptions& user = {}) {
    config.cookie_secret = {3, 4};
    ListenOptions options;
    static_cast<UserOptions&>(options) = user;
    options.syn_cookies = mode;
    options.half_open_limit = 8;
    given_listener_with(options);
  }

  /// The ISS that a cookie for this SYN has now; relative numbers count from it.
  void expect_cookie(const Seg& syn) {
    const bool v4 = wire::IpAddress{key.remote_address}.is_v4();
    kept = kept_by_cookie(syn.options, v4);
    set_iss(make_cookie(key, rcv(*syn.seq_), kept, env.now, config.cookie_secret));
    const std::uint32_t clock = timestamp_clock(env.now) + timestamp_offset(key, config.isn_secret);
    ts_val = cookie_timestamp(clock, kept);
    ts_early = static_cast<std::int32_t>(ts_val - clock);
  }
  void given_cookie(const Seg& syn) {
    expect_cookie(syn);
    arrives(syn);
    counted(Outcome::AnsweredSyn);
    drain();
    EXPECT_EQ(table.half_opens.used(), 0u);
  }

  wire::TcpOptions kept;
  std::uint32_t ts_val = 0;   ///< of the SYN,ACK
  std::int32_t ts_early = 0;  ///< the same less our clock
};

inline Seg linux_syn() { return seg().seq(0).syn().no_ack().mss(1452).wscale(7).sack_ok().ts(5); }
inline Seg plain_syn() { return seg().seq(0).syn().no_ack().mss(1452).wscale(7).sack_ok(); }

}  // namespace millrace::tcp::test
