// What few connections have, so that the Tcb of the many stays small: settings that differ from the shard's, and the
// deadlines that go with them.
//
// Taken from a slab of the connection table when it is first needed and given back with the Tcb. The slab has room for
// every connection, so there is always one; memory is touched only by those that take it.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "tcp/event.h"
#include "tcp/receive_tuning.h"
#include "tcp/segment.h"

namespace millrace::tcp {

using Tick = std::uint32_t;

/// How far TCP Fast Open has come.
enum class FastOpenStep : std::uint8_t {
  None,
  Waits,   ///< our SYN waits for text
  Asked,   ///< our SYN asks for a cookie
  Sent,    ///< our SYN carries one
  Failed,  ///< that SYN was not answered in time
  Renews,  ///< passive: the SYN,ACK brings a fresh one
};

struct RarePart {
  // Deadlines; idle_at() is the earliest of them.
  Tick keepalive_at = 0;
  Tick fin_wait_2_at = 0;  ///< an orphan's limit in FIN-WAIT-2
  Tick linger_at = 0;      ///< close() waits no longer for the acknowledgment of what is queued
  Tick receive_at = 0;     ///< receive timeout
  Tick room_at = 0;        ///< a send found no packet, and no ACK will come: try again
  Tick full_size_at = 0;   ///< path MTU: try the full size again

  // Urgent data; meaningful while kUrgentToRead, kUrgentToSend.
  SeqNum rcv_up;  ///< RCV.UP: the first byte from the peer that is not urgent any more
  SeqNum snd_up;  ///< SND.UP: the same of ours

  // What arrived twice and is to be reported (RFC 2883); none when they are equal.
  SeqNum duplicate_left;
  SeqNum duplicate_right;

  std::uint32_t linger_ms = 0;             ///< when kLinger
  std::uint32_t fin_wait_2_ms = 0;         ///< 0: the shard's
  SoftError soft_error = SoftError::None;  ///< the last one
  std::uint16_t full_smss = 0;             ///< when kSmallerMss: what was agreed on
  std::uint32_t receive_timeout_ms = 0;    ///< when kReceiveTimeout

  std::uint32_t answered_at_ms = 0;   ///< the last challenge ACK or answer to an empty segment; 0: none yet
  std::uint32_t user_timeout_ms = 0;  ///< R2 when kUserTimeout; 0xffffffff: never

  // Keepalive, when kKeepalive.
  std::uint16_t keepalive_idle_s = 0;
  std::uint16_t keepalive_interval_s = 0;
  std::uint8_t keepalive_count = 0;
  std::uint8_t keepalive_sent = 0;  ///< probes since something was heard

  std::uint8_t syn_retries = 0;  ///< 0: the shard's
  FastOpenStep fast_open = FastOpenStep::None;

  std::uint32_t accecn = base::kNoIndex;  ///< see accecn.h
  ReceiveTuning tuning;                   ///< of connections that receive much
};

}  // namespace millrace::tcp
