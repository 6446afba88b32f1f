// A connection in TIME-WAIT: all that is left of it for 2 MSL (RFC 9293 3.6.1). One cache line.
//
// It holds the 4-tuple so that old duplicates can't reach a new connection, and enough to acknowledge the peer's FIN
// again.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "flow/flow_key.h"
#include "tcp/segment.h"
#include "timer/wheel.h"

namespace millrace::tcp {

struct TimeWait {
  flow::FlowKey key;
  timer::Node timer;
  SeqNum snd_nxt;
  SeqNum rcv_nxt;
  std::uint32_t ts_recent = 0;
  std::uint16_t window = 0;  ///< the field, as last advertised
  bool timestamps = false;
  std::uint32_t older = base::kNoIndex;  ///< neighbours in TimeWaitAges
  std::uint32_t newer = base::kNoIndex;
};
static_assert(sizeof(TimeWait) <= 64);

}  // namespace millrace::tcp
