// What is known of a connection, as numbers: for programs that show or decide upon it. ConnectionInfo is the same for
// people.
#pragma once

#include <cstdint>

#include "api/types.h"
#include "tcp/state.h"

namespace millrace::api {

using tcp::State;

/// A snapshot; all zero when the handle is stale.
struct ConnectionDetails {
  Endpoint local;                          ///< ours
  Endpoint remote;                         ///< the peer's
  State state = State::Closed;             ///< of RFC 9293 3.3.2
  CloseRule rule = CloseRule::None;        ///< why it ended; None while it has not
  CongestionControl congestion_control{};  ///< in use
  std::uint32_t send_mss = 0;              ///< bytes of payload in a full segment now
  std::uint32_t receive_mss = 0;           ///< bytes, as announced to the peer
  std::uint32_t path_mtu = 0;              ///< bytes of IP packet that the path is thought to carry
  std::uint8_t send_scale = 0;             ///< shift of the peer's window
  std::uint8_t receive_scale = 0;          ///< shift of ours
  bool timestamps = false;                 ///< both sides send them (RFC 7323)
  bool sack = false;                       ///< both sides may send SACK blocks (RFC 2018)
  bool window_scaling = false;             ///< both sides scale their windows (RFC 7323)
  bool syn_waits = false;                  ///< for what is sent first (OpenOptions::fast_open_waits)
  bool in_recovery = false;                ///< fast recovery
  bool in_loss = false;                    ///< the retransmission timer has fired
  std::uint8_t backoff = 0;                ///< doublings of the RTO
  std::uint32_t rto_us = 0;                ///< retransmission timeout, backed off
  std::uint32_t rtt_us = 0;                ///< smoothed; 0: no sample yet
  std::uint32_t rttvar_us = 0;             ///< mean deviation of the round-trip time
  std::uint32_t cwnd = 0;                  ///< bytes
  std::uint32_t ssthresh = 0;              ///< bytes
  std::uint32_t in_flight = 0;             ///< bytes and controls sent, not acknowledged
  std::uint32_t unsent = 0;                ///< bytes queued, not sent
  std::uint32_t send_window = 0;           ///< bytes that the peer allows, scaled
  std::uint32_t receive_window = 0;        ///< bytes that we allow, scaled
  std::uint32_t receive_buffer = 0;        ///< bound of the receive queue now, bytes of real memory
  std::uint32_t send_buffer = 0;           ///< bound of the send queue now, bytes of real memory
  std::uint32_t retransmits = 0;           ///< segments sent again
  std::uint32_t lost = 0;                  ///< segments taken for lost so far
  std::uint32_t lost_now = 0;              ///< segments outstanding that are, and were not sent again
  std::uint32_t sacked_now = 0;            ///< segments outstanding that the peer has
  std::uint32_t dsacks = 0;                ///< duplicates that the peer has reported (RFC 2883)
  bool reordering_seen = false;            ///< segments have overtaken each other on this path
  std::uint32_t reordering_us = 0;         ///< how long what may only be late is waited for (RFC 8985)
  std::uint32_t min_rtt_us = 0;            ///< the least of the last minutes; 0: no sample yet
  std::uint64_t pacing_rate = 0;           ///< bytes per second; 0: not paced
  std::uint64_t delivery_rate = 0;         ///< bytes per second that arrive, as measured last; 0: not yet
  bool app_limited = false;                ///< because the application sends no more
  std::uint64_t delivered = 0;             ///< bytes acknowledged or SACKed
  std::uint64_t bytes_sent = 0;            ///< each time that they were
  std::uint64_t bytes_sent_again = 0;      ///< of them, those that had been sent before
  std::uint32_t data_segments_sent = 0;    ///< each time that they were
  std::uint64_t bytes_in = 0;              ///< received in order
  std::uint64_t bytes_out = 0;             ///< acknowledged by the peer
  Duration age{0};                         ///< since it was opened
};

}  // namespace millrace::api
