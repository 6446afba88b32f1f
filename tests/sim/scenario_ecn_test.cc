// ECN between two hosts over a link that marks (RFC 3168, RFC 9768): who agrees with whom, that marks and nothing else
// slow the sender, and that a path which mangles flags, fields or options costs ECN and never the connection.
#include <tuple>

#include "sim/scenario.h"
#include "wire/ecn.h"

namespace millrace::sim {
namespace {

using api::EcnPolicy;

constexpr std::uint32_t kMany = 1'000'000;
constexpr auto kCe = static_cast<std::uint8_t>(wire::Ecn::Ce);

class Ecn : public Scenario, public testing::WithParamInterface<Family> {
 protected:
  Ecn() { family = GetParam(); }

  void connect(EcnPolicy ours, EcnPolicy theirs) {
    ScenarioOptions options;
    options.listen.ecn = theirs;
    app_a = app_b = ManualApp{};  // nothing of the world before
    start(options);
    api::ConnectOptions connect;
    connect.ecn = ours;
    establish(connect);
  }
  /// What the path does to each frame of one side that `change` says true of.
  void mangle(From from, std::function<bool(TcpFrame&)> change) {
    lose(
        from,
        [this, from, change](const TcpFrame& frame) {
          TcpFrame changed = frame;
          if (!change(changed)) return false;
          inject(from, changed);
          return true;
        },
        1, kMany);
  }
  /// Every `nth` segment of A with text that may be marked is.
  void mark_every(std::uint32_t nth) {
    mangle(From::A, [this, nth](TcpFrame& frame) {
      if (frame.text.empty() || frame.ecn == 0 || ++ect_ % nth != 0) return false;
      frame.ecn = kCe;
      ++marked_;
      return true;
    });
  }
  void stream_and_check(std::uint64_t bytes) {
    keep_frames = false;
    app_a.stream(client, bytes, 5, Then::Shutdown);
    ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
    EXPECT_TRUE(app_b.told(server).received == stream_bytes(5, bytes));
    server.close();
    run(milliseconds{10});
  }

  std::uint32_t ect_ = 0, marked_ = 0;
};

std::string family_name(const testing::TestParamInfo<Family>& param) { return param.param == Family::V4 ? "v4" : "v6"; }
INSTANTIATE_TEST_SUITE_P(Both, Ecn, testing::Values(Family::V4, Family::V6), family_name);

TEST_P(Ecn, WhoAgreesWithWhom) {
  enum Mode { None, Classic, Accurate };
  for (const auto& [ours, theirs, mode] :
       {std::tuple{EcnPolicy::Off, EcnPolicy::Accurate, None}, std::tuple{EcnPolicy::Passive, EcnPolicy::Passive, None},
        std::tuple{EcnPolicy::Classic, EcnPolicy::Off, None},
        std::tuple{EcnPolicy::Classic, EcnPolicy::Passive, Classic},
        std::tuple{EcnPolicy::Classic, EcnPolicy::Classic, Classic},
        std::tuple{EcnPolicy::Classic, EcnPolicy::Accurate, Classic},
        std::tuple{EcnPolicy::Accurate, EcnPolicy::Off, None},
        std::tuple{EcnPolicy::Accurate, EcnPolicy::Classic, Classic},
        std::tuple{EcnPolicy::Accurate, EcnPolicy::Passive, Accurate},
        std::tuple{EcnPolicy::Accurate, EcnPolicy::Accurate, Accurate}}) {
    connect(ours, theirs);
    for (const From side : {From::A, From::B}) {
      EXPECT_EQ(count(side).ecn_classic.get(), mode == Classic ? 1u : 0u);
      EXPECT_EQ(count(side).ecn_accurate.get(), mode == Accurate ? 1u : 0u);
    }
    mark_every(3);
    stream_and_check(50'000);
    EXPECT_EQ(ect_ > 0, mode != None);
    EXPECT_EQ(count(From::B).ce_received.get(), marked_);
    EXPECT_EQ(count(From::A).ece_received.get() > 0, mode != None);
    EXPECT_EQ(count(From::A).ecn_mangled.get() + count(From::B).ecn_mangled.get(), 0u);
    ect_ = marked_ = 0;
  }
}

TEST_P(Ecn, MarksSlowTheSenderAndNothingIsLost) {
  for (const EcnPolicy policy : {EcnPolicy::Classic, EcnPolicy::Accurate}) {
    connect(policy, EcnPolicy::Passive);
    mark_every(100);
    stream_and_check(2'000'000);
    EXPECT_GT(marked_, 10u);
    EXPECT_EQ(count(From::B).ce_received.get(), marked_);
    EXPECT_GE(count(From::A).ecn_reductions.get(), marked_ / 2);
    EXPECT_LE(count(From::A).ecn_reductions.get(), marked_);
    EXPECT_EQ(count(From::A).retransmits.get(), 0u);
    ect_ = marked_ = 0;
  }
}

TEST_P(Ecn, AllMarkedStillArrives) {
  for (const EcnPolicy policy : {EcnPolicy::Classic, EcnPolicy::Accurate}) {
    connect(policy, EcnPolicy::Passive);
    mark_every(1);
    stream_and_check(200'000);
    EXPECT_EQ(count(From::B).ce_received.get(), marked_);
    EXPECT_EQ(count(From::A).retransmits.get(), 0u);
    ect_ = marked_ = 0;
  }
}

// A path that drops whatever asks for ECN: the third SYN gets through.
TEST_P(Ecn, APathThatDropsEcnSetup) {
  ScenarioOptions options;
  start(options);
  lose(
      From::A, [](const TcpFrame& frame) { return is_syn(frame) && frame.tcp.ctl.ace() != 0; }, 1, kMany);
  api::ConnectOptions connect;
  connect.ecn = EcnPolicy::Accurate;
  establish(connect);
  EXPECT_EQ(count(From::A).ecn_accurate.get() + count(From::B).ecn_accurate.get(), 0u);
  stream_and_check(50'000);
}

// A path that drops unknown options: the SYN,ACK gets through the second time, and ACKs soon do without.
TEST_P(Ecn, APathThatDropsTheOption) {
  start();
  const auto has_option = [](const TcpFrame& frame) { return frame.tcp.options.accecn.present(); };
  lose(From::B, has_option, 1, kMany);
  api::ConnectOptions connect;
  connect.ecn = EcnPolicy::Accurate;
  establish(connect);
  EXPECT_EQ(count(From::A).ecn_accurate.get(), 1u);
  EXPECT_EQ(count(From::B).ecn_accurate.get(), 1u);
  stream_and_check(50'000);
}

TEST_P(Ecn, APathThatClearsTheFlags) {
  start();
  mangle(From::B, [](TcpFrame& frame) {
    if (frame.tcp.ctl.syn() || frame.tcp.ctl.ace() == 0) return false;
    frame.tcp.ctl.set_ace(0);
    return true;
  });
  api::ConnectOptions connect;
  connect.ecn = EcnPolicy::Accurate;
  establish(connect);
  stream_and_check(200'000);
  EXPECT_EQ(count(From::A).ecn_mangled.get(), 1u);
  EXPECT_EQ(count(From::A).ecn_reductions.get(), 0u);
}

TEST_P(Ecn, APathThatMarksEverythingAtTheHandshake) {
  start();
  mangle(From::B, [](TcpFrame& frame) {
    if (!is_syn_ack(frame)) return false;
    frame.ecn = kCe;
    return true;
  });
  api::ConnectOptions connect;
  connect.ecn = EcnPolicy::Accurate;
  establish(connect);
  EXPECT_EQ(count(From::B).ecn_mangled.get(), 1u) << "its SYN,ACK was Not-ECT";
  EXPECT_EQ(count(From::B).ecn_reductions.get(), 1u);
  EXPECT_EQ(count(From::A).ecn_mangled.get(), 0u);
  stream_and_check(50'000);
}

}  // namespace
}  // namespace millrace::sim
