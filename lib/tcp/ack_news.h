// What one acknowledgment says, collected step by step while it is processed.
#pragma once

#include <optional>

#include "cc/facts.h"
#include "tcp/delivery.h"

namespace millrace::tcp {

struct AckNews {
  cc::AckSample sample;
  RateCandidate rate;
  std::optional<std::uint32_t> echo;  ///< TSecr
  SeqNum ack;                         ///< SEG.ACK
  std::uint32_t sacked = 0;           ///< bytes newly SACKed
  bool advanced = false;              ///< SND.UNA has moved
  bool ambiguous = false;             ///< it covers what was sent twice: no RTT (Karn, RFC 6298 3)
  bool dsack = false;                 ///< the peer has got something twice (RFC 2883)
  bool duplicate = false;             ///< RFC 5681 2
  bool original = false;              ///< it delivers what was sent once, before the recovery point
};

}  // namespace millrace::tcp
