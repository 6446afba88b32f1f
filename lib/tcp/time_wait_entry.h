// A connection in TIME-WAIT: all that is left of it for 2 MSL (RFC 9293 3.6.1).
//
// It holds the 4-tuple so that old duplicates can't reach a new connection, and enough to acknowledge the peer's FIN
// again.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "flow/flow_key.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct TimeWait {
  flow::FlowKey key;
  std::uint32_t ends_at = 0;  ///< in wheel ticks, see timers.h; 0: not in use
  SeqNum snd_nxt;
  SeqNum rcv_nxt;
  std::uint32_t ts_recent = 0;
  std::uint16_t window = 0;  ///< the field, as last advertised
  std::uint8_t dscp : 6 = 0;
  bool timestamps : 1 = false;
  bool reusable : 1 = false;  ///< in the ReuseOrder: this side may open it again (reuse.h)
  std::uint8_t hop_limit = 0;
  std::uint32_t older = base::kNoIndex;  ///< neighbours in TimeWaitAges
  std::uint32_t newer = base::kNoIndex;
};
static_assert(sizeof(TimeWait) <= 52);

}  // namespace millrace::tcp
