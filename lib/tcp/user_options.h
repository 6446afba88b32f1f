// What the user of a connection may choose (RFC 9293 3.9.1), when it opens one and at any time later.
//
// The same words from the application's handle down to here. Times are kept in the units of the Tcb and its rare part;
// what a listener is given is inherited by the connections that it accepts.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "cc/algorithm.h"

namespace millrace::tcp {

/// RFC 9293 3.8.4.
struct Keepalive {
  bool on = false;                  ///< MUST-24, MUST-25
  Duration idle = hours{2};         ///< MUST-27, MUST-28: nothing heard for so long, and the first probe goes
  Duration interval = seconds{75};  ///< between two probes
  std::uint8_t count = 9;           ///< unanswered probes that end the connection; at least 2 (MUST-29)
};

/// Explicit congestion notification (RFC 3168, RFC 9768): what a connection asks for and what it agrees to.
enum class EcnPolicy : std::uint8_t {
  Off,       ///< neither
  Passive,   ///< asks for nothing, agrees to whatever the peer asks for
  Classic,   ///< one echo per round trip (RFC 3168), asked for and agreed to
  Accurate,  ///< counters of marks (RFC 9768) are asked for; agrees to either, and falls back to what the peer can
};

/// Of one connection, in force from the call that they are given to.
struct UserOptions {
  bool no_delay = false;  ///< Nagle off (MUST-17)
  /// Bound of the receive queue in real memory (truesize), bytes; 0: tuned by what the application drains.
  std::uint32_t receive_buffer = 0;
  std::uint32_t send_buffer = 0;  ///< the same of the send queue; 0: tuned by the congestion window
  Duration user_timeout{0};       ///< R2 (MUST-21); 0: the shard's; more than 9 h: never
  Keepalive keepalive{};          ///< off unless asked for
  /// What close() does: nothing given: it gives the connection up at once, and what is queued is delivered in the
  /// background; 0: it aborts; more: the connection reports Closed when all was acknowledged, or after this time,
  /// reset.
  std::optional<Duration> linger{};
  Duration receive_timeout{0};                        ///< without anything received: a ReceiveTimeout event; 0: none
  bool soft_errors = true;                            ///< tell of them (SHLD-20)
  std::uint8_t dscp = 0;                              ///< Diffserv code point of every segment, 0 to 63 (MUST-48)
  std::uint8_t hop_limit = 0;                         ///< TTL of every segment (MUST-49); 0: the shard's
  Duration fin_wait_2_timeout{0};                     ///< after close(); 0: the shard's
  std::optional<cc::Algorithm> congestion_control{};  ///< nothing given: the shard's
  std::optional<bool> pacing{};    ///< spread segments over the round trip, also if the algorithm asks for no rate;
                                   ///< nothing given: the shard's
  std::uint16_t mss_clamp = 0;     ///< the largest MSS to announce and to send, from the SYN on; 0: what the MTU allows
  std::optional<EcnPolicy> ecn{};  ///< for the handshake, so from the SYN on; nothing given: the shard's
};

/// What only an active open has besides.
struct OpenOptions : UserOptions {
  Duration connect_timeout{0};   ///< R2 for the SYN (MUST-23); 0: the shard's
  std::uint8_t syn_retries = 0;  ///< SYNs sent again; 0: the shard's
  std::uint64_t user = 0;        ///< comes back with every event
  /// TCP Fast Open (RFC 7413): what is sent before the turn ends goes with the SYN once the server has given a cookie,
  /// and may reach its application twice.
  bool fast_open = false;
  /// And with a cookie at hand, the SYN waits until something is sent or the sending side is closed; the time to
  /// connect counts on.
  bool fast_open_waits = false;
};

}  // namespace millrace::tcp
