// A half-open connection: SYN received, SYN,ACK sent, nothing else (SYN cache; RFC 4987 3.4).
//
// Takes the place of a Tcb in SYN-RECEIVED so that a flood of SYNs costs one cache line each in a bounded slab, no
// buffers and no application memory. It becomes a Tcb when the handshake's ACK arrives (listen.cc).
#pragma once

#include <cstdint>

#include "flow/flow_key.h"
#include "tcp/segment.h"
#include "timer/wheel.h"

namespace millrace::tcp {

/// What HalfOpen::ecn is made of.
enum HalfOpenEcn : std::uint8_t {
  kHalfOpenMode = 3,            ///< EcnMode
  kHalfOpenCodepoint = 3 << 2,  ///< wire::Ecn of the last SYN's IP header
  kHalfOpenPlain = 16,  ///< a SYN or SYN,ACK without ECN was among them: no ECT (RFC 9768 3.1.5, RFC 3168 6.1.1)
  kHalfOpenAgain = 32,  ///< the SYN came again, or nothing is remembered: no AccECN option (RFC 9768 3.2.3.2.2)
};

struct HalfOpen {
  flow::FlowKey key;
  timer::Node timer;
  SeqNum irs;
  SeqNum iss;
  std::uint32_t ts_recent = 0;
  std::uint32_t ts_offset = 0;  ///< see Tcb; of our timestamps
  std::uint16_t listener = 0;
  std::uint16_t peer_mss = 0;  ///< 0: the option was absent
  std::uint8_t peer_wscale = 0;
  std::uint8_t retries = 0;      ///< SYN,ACKs sent again
  std::uint8_t ecn = 0;          ///< HalfOpenEcn
  std::uint8_t answers : 4 = 0;  ///< ACKs of empty segments since the last SYN,ACK
  bool window_scaling : 1 = false;
  bool sack_permitted : 1 = false;
  bool timestamps : 1 = false;
  bool wants_cookie : 1 = false;  ///< the first SYN,ACK brings one (RFC 7413)
};
static_assert(sizeof(HalfOpen) == 64);

}  // namespace millrace::tcp
