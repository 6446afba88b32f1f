// What the state machine may be told: limits and times, one immutable set per shard.
#pragma once

#include <cstdint>

#include "base/siphash.h"
#include "base/time.h"
#include "cc/algorithm.h"
#include "tcp/user_options.h"

namespace millrace::tcp {

/// Bounds of receive and send queues, in bytes of real memory (truesize). Those of a connection hold where the
/// application gave no size of its own.
struct BufferLimits {
  std::uint32_t receive_initial = 128 << 10;  ///< about 64 KiB of payload: what a SYN can announce
  std::uint32_t receive_max = 6 << 20;        ///< tuning stops there; the window scale is chosen for it
  std::uint32_t send_initial = 256 << 10;
  std::uint32_t send_max = 6 << 20;
  std::uint64_t receive_budget = ~std::uint64_t{0};  ///< of all connections, see buffer_memory.h
  std::uint64_t send_budget = ~std::uint64_t{0};     ///< of all connections
};

struct TcpConfig {
  Duration msl = seconds{30};            ///< TIME-WAIT lasts 2 MSL
  Duration min_rto = milliseconds{200};  ///< least of what is added to SRTT; RFC 6298 (2.4) says RTO >= 1 s
  Duration max_rto = seconds{120};
  Duration initial_rto = seconds{1};        ///< RFC 6298 (2.1)
  Duration connect_timeout = seconds{180};  ///< R2 for SYNs (MUST-23)
  Duration user_timeout = seconds{924};     ///< R2 for data (SHLD-11)
  /// Orphans only: in FIN-WAIT-2, and with something to send to a peer that keeps its window shut.
  Duration fin_wait_2_timeout = seconds{60};
  std::uint32_t max_orphans = 16384;        ///< closed by the application, not by the network; more are reset
  Duration delayed_ack = milliseconds{40};  ///< MUST-40
  Duration challenge_ack_interval = milliseconds{500};  ///< per connection (RFC 5961 7)
  std::uint32_t challenge_acks_per_second = 1000;       ///< per shard; the real limit is random around it
  Duration half_open_timeout = seconds{75};             ///< from the first SYN,ACK to the end of a half-open connection
  std::uint8_t syn_ack_retries = 5;                     ///< SYN,ACKs sent again, with back-off, before it ends too
  std::uint8_t r1 = 3;                                  ///< retransmissions until R1 (SHLD-10)
  std::uint8_t syn_retries = 0;                         ///< SYNs sent again; 0: until the connect timeout
  std::uint8_t hop_limit = 64;                          ///< MUST-49
  cc::Algorithm congestion_control = cc::Algorithm::Cubic;
  bool pacing = false;                 ///< of algorithms that ask for no rate, too
  EcnPolicy ecn = EcnPolicy::Passive;  ///< of connections that name none themselves
  base::SipKey isn_secret;             ///< RFC 6528; also offsets timestamps (RFC 7323 5.4)
  base::SipKey cookie_secret;          ///< of SYN cookies and Fast Open's; the same in all shards, like isn_secret
  BufferLimits buffers;
  std::uint16_t pool_sharers = 1;  ///< shards that take packets of the same pools
};

}  // namespace millrace::tcp
