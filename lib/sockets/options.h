// What setsockopt() has stored, in the units in which getsockopt() answers; and what of it the stack is told.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "api/types.h"

namespace millrace::sockets {

struct Options {
  // SOL_SOCKET.
  bool reuse_address = false;
  bool reuse_port = false;
  bool keepalive = false;
  bool oob_inline = false;
  linger on_close{};
  int receive_buffer = 0;  ///< bytes of real memory, as Linux counts them; 0: tuned
  int send_buffer = 0;
  int receive_low_water = 1;
  // IPPROTO_TCP.
  bool no_delay = false;
  bool cork = false;
  bool quick_ack = true;
  int max_segment = 0;  ///< 0: what the MTU allows
  int keepalive_idle_s = 7200;
  int keepalive_interval_s = 75;
  int keepalive_count = 9;
  int user_timeout_ms = 0;
  int fin_wait_2_s = 0;  ///< TCP_LINGER2; 0: the stack's; -1: no time
  int syn_count = 0;     ///< 0: the stack's
  int defer_accept_s = 0;
  std::uint32_t not_sent_low_water = 0;  ///< 0: none
  int window_clamp = 0;
  int fast_open = 0;  ///< TCP_FASTOPEN of a listener: connections before their handshake is complete; 0: off
  bool fast_open_connect = false;                            ///< TCP_FASTOPEN_CONNECT
  std::optional<api::CongestionControl> congestion_control;  ///< none: the stack's
  // IPPROTO_IP and IPPROTO_IPV6.
  int type_of_service = 0;
  int hop_limit = 0;  ///< 0: the stack's
  bool v6only = false;
};

/// The part that the stack puts into force; linger aside, which close() does.
void tell_stack(const Options& options, api::ConnectionOptions& out) noexcept;

/// What getsockopt() says when nothing was set.
inline constexpr int kUsualFinWait2Seconds = 60;
inline constexpr int kUsualSynCount = 6;
inline constexpr int kUsualHopLimit = 64;
/// Of a socket without a connection, whose buffers will be tuned.
inline constexpr int kUsualReceiveBuffer = 128 * 1024;
inline constexpr int kUsualSendBuffer = 256 * 1024;

}  // namespace millrace::sockets
