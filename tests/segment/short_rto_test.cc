// A retransmission timeout of the millisecond class, as a data centre sets it ([tcp] min_rto = "1ms"): RFC 6298 with
// another least, back-off, R1 and R2 (RFC 9293 3.8.3) as ever.
#include <algorithm>

#include "fixture.h"
#include "tcp/sender.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

constexpr Duration kRtt = microseconds{100};
constexpr Duration kRto = kRtt + milliseconds{1};  ///< 4 * RTTVAR is 200 us

class ShortRto : public SegmentTest {
 protected:
  /// A hundred bytes were acknowledged after `rtt`, a hundred more are outstanding.
  void one_segment_outstanding(const Peer& peer, Duration rtt = kRtt) {
    config.min_rto = milliseconds{1};
    given(State::Established, peer);
    tcb().rtt = RttEstimator{};  // the handshake took no time
    app_sends(100);
    drain();
    elapse(rtt);
    arrives(seg());
    app_sends(100);
    drain();
    EXPECT_EQ(tcb().rtt.srtt_us, static_cast<std::uint32_t>(to_us(rtt)));
  }
  /// Nothing happens before now + d; then it does.
  void just_after(Duration d) {
    quiet_for(d);
    elapse(kTick);
  }
};

constexpr auto kLost = "PA seq=101 ack=1 len=100";

// Without SACK there is no probe: the timer itself.
TEST_F(ShortRto, ALoneSegmentGoesAgainAndTheTimerBacksOff) {
  one_segment_outstanding({});
  no_deadline(loss_at);
  Duration rto = kRto;
  for (std::uint64_t expiry = 1; expiry <= 3; ++expiry, rto *= 2) {
    deadline(&Tcb::rexmit_at, rto);
    just_after(rto);
    sends(kLost);
    EXPECT_EQ(count.timeouts.get(), expiry);
    EXPECT_EQ(tcb().rtt.backoff, expiry);
  }
  arrives(seg());
  EXPECT_EQ(tcb().rtt.backoff, 0);
  EXPECT_EQ(tcb().rtt.rto(config), kRto) << "Karn: no sample";
}

// A probe of one segment waits for a delayed ACK of 200 ms, but never longer than the timer (RFC 8985 7.2), in whose
// place it goes.
TEST_F(ShortRto, TheProbeGoesInThePlaceOfTheFirstExpiry) {
  one_segment_outstanding({.sack = true});
  deadline(loss_at, kRto);
  just_after(kRto);
  sends(kLost);
  EXPECT_EQ(count.tail_loss_probes.get(), 1u);
  EXPECT_EQ(count.timeouts.get(), 0u);
  EXPECT_EQ(tcb().rtt.backoff, 0);
  deadline(&Tcb::rexmit_at, kRto);
  just_after(kRto);
  sends(kLost);
  EXPECT_EQ(count.timeouts.get(), 1u);
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  deadline(&Tcb::rexmit_at, 2 * kRto);
}

TEST_F(ShortRto, VarianceAboveTheLeastCounts) {
  one_segment_outstanding({}, milliseconds{2});
  deadline(&Tcb::rexmit_at, milliseconds{2} + milliseconds{4});
}

TEST_F(ShortRto, R1ComesWithTheThirdExpiry) {
  one_segment_outstanding({});
  for (int expiry = 1; expiry < config.r1; ++expiry) {
    elapse(to_time(tcb().rexmit_at, env.now) - env.now);
    sends(kLost);
    no_events();
  }
  elapse(to_time(tcb().rexmit_at, env.now) - env.now);
  sends(kLost);
  events("SoftError: peer does not acknowledge");
}

/// Doubled from a millisecond the interval reaches the greatest, and stays there until R2.
TEST_F(ShortRto, R2IsATimeAndNotACount) {
  one_segment_outstanding({});
  deadline(&Tcb::user_at, config.user_timeout);
  const Time end = env.now + config.user_timeout;
  Duration rto = kRto;
  for (; to_time(tcb().rexmit_at, env.now) < end; rto = std::min(2 * rto, config.max_rto)) {
    deadline(&Tcb::rexmit_at, rto);
    elapse(to_time(tcb().rexmit_at, env.now) - env.now);
    sends(kLost);
  }
  EXPECT_EQ(rto, config.max_rto);
  EXPECT_EQ(count.timeouts.get(), 23u) << "17 until 1.1 ms have become more than 120 s, then one each 120 s";
  drain();
  elapse(end + kTick - env.now);
  events("Closed: peer stopped acknowledging");
  sends("RA seq=201 ack=1 win=0");
}

}  // namespace
}  // namespace millrace::tcp::test
