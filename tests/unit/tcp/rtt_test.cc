// RFC 6298's arithmetic.
#include "tcp/rtt.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

const TcpConfig kConfig;

TEST(Rtt, InitialRto) {
  RttEstimator rtt;
  EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{1}});
}

/// RFC 6298 (5.7).
TEST(Rtt, ThreeSecondsAfterALostSyn) {
  RttEstimator rtt;
  rtt.note_lost_syn();
  EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{3}});
  rtt.back_off();
  EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{6}});
  rtt.backoff = 0;
  rtt.add_sample(milliseconds{100});
  EXPECT_EQ(rtt.rto(kConfig), Duration{milliseconds{300}});
  TcpConfig patient;
  patient.initial_rto = seconds{5};
  rtt = {};
  rtt.note_lost_syn();
  EXPECT_EQ(rtt.rto(patient), Duration{seconds{5}});
}

// Proves MUST-18.
TEST(Rtt, FirstSample) {
  RttEstimator rtt;
  rtt.add_sample(milliseconds{100});
  EXPECT_EQ(rtt.srtt_us, 100'000u);
  EXPECT_EQ(rtt.rttvar_us, 50'000u);
  EXPECT_EQ(rtt.rto(kConfig), Duration{milliseconds{300}});
}

// Proves MUST-18.
TEST(Rtt, LaterSamples) {
  RttEstimator rtt;
  rtt.add_sample(microseconds{8000});
  rtt.add_sample(microseconds{16000});
  EXPECT_EQ(rtt.rttvar_us, (3 * 4000u + 8000u) / 4);
  EXPECT_EQ(rtt.srtt_us, (7 * 8000u + 16000u) / 8);
  rtt.add_sample(microseconds{1000});  // the error of a smaller one
  EXPECT_EQ(rtt.rttvar_us, (3 * 5000u + 8000u) / 4);
  EXPECT_EQ(rtt.srtt_us, (7 * 9000u + 1000u) / 8);
}

TEST(Rtt, EqualSampleHasNoError) {
  RttEstimator rtt;
  rtt.add_sample(microseconds{8000});
  rtt.add_sample(microseconds{8000});
  EXPECT_EQ(rtt.srtt_us, 8000u);
  EXPECT_EQ(rtt.rttvar_us, 3000u);
}

TEST(Rtt, SamplesAreBounded) {
  RttEstimator rtt;
  rtt.add_sample(Duration{0});
  EXPECT_EQ(rtt.srtt_us, 1u) << "0 means: no sample";
  RttEstimator slow;
  slow.add_sample(seconds{500});
  EXPECT_EQ(slow.srtt_us, 120'000'000u);
  slow.add_sample(seconds{120});
  EXPECT_EQ(slow.srtt_us, 120'000'000u);
  EXPECT_EQ(slow.rttvar_us, 45'000'000u);
}

TEST(Rtt, LargeValuesDoNotOverflow) {
  RttEstimator rtt;
  rtt.add_sample(seconds{120});
  rtt.add_sample(seconds{120});
  EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{120}});
}

TEST(Rtt, RtoHasBounds) {
  RttEstimator rtt;
  rtt.add_sample(milliseconds{90});
  EXPECT_EQ(rtt.rto(kConfig), Duration{milliseconds{290}}) << "the least of what is added to SRTT";
  RttEstimator above;
  above.add_sample(milliseconds{110});
  EXPECT_EQ(above.rto(kConfig), Duration{milliseconds{330}});
  RttEstimator slow;
  slow.add_sample(seconds{41});
  EXPECT_EQ(slow.rto(kConfig), Duration{seconds{120}});
}

// Proves MUST-18.
TEST(Rtt, BackOffDoublesUpToTheBound) {
  RttEstimator rtt;
  for (const int s : {1, 2, 4, 8, 16, 32, 64, 120, 120}) {
    EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{s}});
    rtt.back_off();
  }
  for (int i = 0; i < 300; ++i) rtt.back_off();
  EXPECT_EQ(rtt.backoff, 20);
  EXPECT_EQ(rtt.rto(kConfig), Duration{seconds{120}});
}

}  // namespace
}  // namespace millrace::tcp
