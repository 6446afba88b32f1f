// A connection in the midst of sending to a peer with SACK, over a path of 100 ms.
#pragma once

#include "fixture.h"
#include "tcp/send_data.h"
#include "tcp/sender.h"

namespace millrace::tcp::test {

class SenderTest : public SegmentTest {
 protected:
  static constexpr std::uint32_t kMss = 1460;
  static constexpr Duration kRtt = milliseconds{100};

  /// ESTABLISHED; the first segment was acknowledged after kRtt, so numbers begin at kFirst now.
  void given_path(Peer peer = {.sack = true}) {
    given(State::Established, peer, {.send_buffer = 1 << 20});
    tcb().rtt = RttEstimator{};  // the handshake took no time
    payload = kMss - tcb().option_bytes();
    app_sends(payload);
    drain();
    elapse(kRtt);
    arrives(seg());
    ASSERT_EQ(tcb().rtt.srtt_us, 100'000u);
    first = 1 + payload;
    drain();
  }
  /// `n` segments are outstanding, sent at once, and `more` wait for the window.
  void outstanding(std::uint32_t n, std::uint32_t more = 0) {
    set_window_of(tcb(), n * kMss, env);
    app_sends((n + more) * payload);
    ASSERT_EQ(take_sent().size(), n);
  }
  /// Number of the first byte of the n-th of them, from 0.
  [[nodiscard]] std::uint32_t at(std::uint32_t n) const { return first + n * payload; }
  /// An ACK for all before the n-th.
  [[nodiscard]] Seg ack_to(std::uint32_t n) const { return seg().ack(at(n)); }
  /// What take_sent() holds, as numbers of segments.
  [[nodiscard]] std::vector<std::uint32_t> numbers_sent() {
    std::vector<std::uint32_t> numbers;
    for (const Sent& sent : take_sent())
      if (!sent.text.empty()) numbers.push_back((sent.header.seq - snd(first)) / payload);
    return numbers;
  }

  std::uint32_t payload = kMss;
  std::uint32_t first = 1;
};

}  // namespace millrace::tcp::test
