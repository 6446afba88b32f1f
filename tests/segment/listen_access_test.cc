// Whom a listener answers: its rules of access, by the peer's network.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Policies : public SegmentTest {
 protected:
  void given_rules(Verdict otherwise, const char* network = nullptr, Verdict verdict = Verdict::Accept) {
    ListenOptions options;
    options.half_open_limit = 8;
    options.access = AccessRules{otherwise};
    if (network != nullptr) {
      EXPECT_TRUE(options.access.add(*wire::IpPrefix::parse(network), verdict));
    }
    given_listener_with(options);
  }
};

TEST_F(Policies, S10_RejectAnswersAsIfNobodyListened) {
  given_rules(Verdict::Reject);
  arrives(seg().seq(7).syn().no_ack());
  counted(Outcome::AnsweredReset);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.seq, SeqNum{0});
  EXPECT_EQ(sent[0].header.ack, rcv(8));
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kRst | Ctl::kAck);
  arrives(seg().seq(7).ack(9));
  counted(Outcome::AnsweredReset);
  sends("R seq=9 win=0");
  EXPECT_EQ(count.syn_rejected_by_policy.get(), 2u);
  nothing_left();
}

TEST_F(Policies, S10_DropAnswersNothing) {
  given_rules(Verdict::Drop);
  for (const Seg& any : {seg().seq(0).syn().no_ack(), seg().ack(1), seg().no_ack().fin(), seg().syn()}) {
    arrives(any);
    counted(Outcome::DroppedByPolicy);
  }
  sends_nothing();
  EXPECT_EQ(count.syn_rejected_by_policy.get(), 0u);
  nothing_left();
}

TEST_F(Policies, S10_NeitherAnswersAReset) {
  given_rules(Verdict::Reject);
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
}

TEST_F(Policies, S10_ANetworkHasItsOwnVerdict) {
  given_rules(Verdict::Drop, "192.0.2.0/31");
  arrives(seg().seq(0).syn().no_ack());  // from 192.0.2.1
  counted(Outcome::AnsweredSyn);
  drain();
  key.remote_address[15] = 2;
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::DroppedByPolicy);
  sends_nothing();
}

TEST_F(Policies, ACookieDoesNotPassThem) {
  given_rules(Verdict::Accept);
  listeners[0].options.syn_cookies = SynCookies::Always;
  arrives(seg().seq(0).syn().no_ack());
  set_iss(take_sent().at(0).header.seq);
  listeners[0].options.access = AccessRules{Verdict::Drop};
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedByPolicy);
  EXPECT_EQ(table.tcbs.used(), 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
