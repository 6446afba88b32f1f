// A listener with Fast Open, and clients with cookies that are good.
#pragma once

#include "fixture.h"
#include "tcp/fast_open_cookie.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {

class FastOpenServer : public SegmentTest {
 protected:
  void listens(std::uint32_t fast_open = 2, const UserOptions& user = {}) {
    ListenOptions options;
    static_cast<UserOptions&>(options) = user;
    options.fast_open = fast_open;
    options.half_open_limit = 8;
    given_listener_with(options);
  }
  [[nodiscard]] wire::FastOpenCookie good_cookie() const {
    return make_fast_open_cookie(key.remote_address, env.now, config.cookie_secret);
  }
  [[nodiscard]] static Seg syn() { return seg().seq(0).syn().no_ack().mss(1460); }
  /// Another client port: its connections are the test's from now on.
  void next_client() {
    ++key.remote_port;
    set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  }
  [[nodiscard]] std::uint32_t pending() { return listeners[0].fast_opens.pending(); }
};

}  // namespace millrace::tcp::test
