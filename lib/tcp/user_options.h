// What the user of a connection may choose (RFC 9293 3.9.1), in the units of the Tcb.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::tcp {

struct UserOptions {
  bool no_delay = false;                      ///< Nagle off (MUST-17)
  std::uint32_t rcv_buffer = 256 * 1024;      ///< truesize, bytes
  std::uint32_t snd_buffer = 256 * 1024;      ///< truesize, bytes
  Duration user_timeout{0};                   ///< 0: the shard's; Duration::max(): never (MUST-21)
  Duration keepalive_idle{0};                 ///< 0: off (MUST-24, MUST-25)
  Duration keepalive_interval = seconds{75};  ///< MUST-27
  std::uint8_t keepalive_count = 9;
  Duration connect_timeout{0};  ///< active open only; 0: the shard's
  std::uint64_t user = 0;
};

}  // namespace millrace::tcp
