// The counters of one connection with accurate ECN (RFC 9768 3.2): what came, as the peer is told of it, and what the
// peer says of ours. In a slab of its own, named by the rare part; accecn.cc keeps them.
#pragma once

#include <cstdint>

#include "wire/ecn.h"

namespace millrace::tcp {

/// Packets and bytes by codepoint; 3.2.1 says why they don't start at 0. Only low bits travel: 3 of `cep`, 24 of the
/// rest.
struct AccEcnCounters {
  std::uint32_t cep = 5;  ///< packets marked CE
  std::uint32_t ceb = 0;  ///< bytes of text in them
  std::uint32_t e0b = 1;  ///< bytes of text as ECT(0)
  std::uint32_t e1b = 1;  ///< bytes of text as ECT(1)
};

struct AccEcnPart {
  AccEcnCounters r;  ///< as a receiver: r.cep, r.ceb, r.e0b, r.e1b
  AccEcnCounters s;  ///< as a sender: s.cep, s.ceb, s.e0b, s.e1b

  std::uint32_t estimated = 0;              ///< marked bytes reported from ACE alone since the last ECEB
  std::uint8_t marks_unsent = 0;            ///< CE marks received since the last segment that we sent
  std::uint8_t full_options_due = 0;        ///< options with every field, to test the path (3.2.3.2.1)
  std::uint8_t options_lost = 0;            ///< sent, and what they acknowledged came again (3.2.3.2.2)
  bool option_sent_last = false;            ///< the last segment sent had an option
  wire::Ecn handshake = wire::Ecn::NotEct;  ///< codepoint of the peer's last SYN or SYN,ACK
  bool counted_syn_ack = false;             ///< a marked SYN,ACK is in r.cep: once only (3.2.2.2)
  bool option_due = false;                  ///< a byte counter has moved since the last option
  bool first_ace_due = true;                ///< no ACE counter has come yet (3.2.2.4)
  bool first_option_due = true;             ///< no AccECN option has come yet (3.2.3.2.4)
  bool options_ignored = false;             ///< the first one was zeroed
  bool marked_lately = false;               ///< the last feedback reported marks
  bool ace_since_ceb = false;               ///< s.cep has moved since the last ECEB
};

}  // namespace millrace::tcp
