// Connections that have agreed on Accurate ECN, or are about to (RFC 9768).
#pragma once

#include "fixture.h"
#include "tcp/accecn.h"
#include "tcp/ecn.h"

namespace millrace::tcp::test {

class AccurateEcn : public SegmentTest {
 protected:
  void ask() {
    OpenOptions options;
    options.ecn = EcnPolicy::Accurate;
    connect(options);
  }
  /// ESTABLISHED from us, no other options; the first ACK and the first option have gone.
  void given_opened() {
    ask();
    drain();
    arrives(seg().seq(0).ack(1).syn().mss(1460).ace(0b010).accecn(1, 0, 1));
    drain();
    ASSERT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
    part().full_options_due = 0;
  }
  void asked(std::uint8_t flags, wire::Ecn codepoint = wire::Ecn::NotEct) {
    arrives(seg().seq(0).syn().no_ack().mss(1460).ace(flags).ecn(codepoint));
  }
  void given_answered() {
    given_listener();
    asked(0b111);
    drain();
    arrives(seg().seq(1).ack(1).ace(0b010).accecn(1, 0, 1));
    drain();
    ASSERT_EQ(ecn_mode(tcb()), EcnMode::Accurate);
  }
  AccEcnPart& part() { return table.accecn(tcb()); }
  [[nodiscard]] bool sends_ect() { return (tcb().ecn & kEcnEct) != 0; }
};

}  // namespace millrace::tcp::test
