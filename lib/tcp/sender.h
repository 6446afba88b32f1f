// What a connection that sends has besides its Tcb: congestion control, records of what is outstanding, and what
// recovery knows. Each mechanism's state in a part of its own, named after it.
//
// Taken from a slab of the connection table when data is sent first, given back with the Tcb. The slab has room for
// every connection, so there is always one; memory is touched only by those that take it.
#pragma once

#include <array>
#include <cstdint>

#include "cc/congestion_control.h"
#include "cc/prr.h"
#include "tcp/delivery.h"
#include "tcp/duplicate_acks.h"
#include "tcp/f_rto.h"
#include "tcp/rack.h"
#include "tcp/sent_list.h"
#include "tcp/tail_loss_probe.h"
#include "tcp/undo.h"

namespace millrace::tcp {

/// Text sent, for people.
struct SentTotals {
  std::uint64_t bytes = 0;        ///< each time that they were sent
  std::uint64_t bytes_again = 0;  ///< of them, those that had been sent before
  std::uint32_t segments = 0;     ///< with text

  void add(std::uint32_t length, bool again) noexcept {
    bytes += length;
    if (again) bytes_again += length;
    if (length > 0) ++segments;
  }
};

struct Sender {
  Sender(SentSlab& slab, cc::Algorithm algorithm) noexcept : control(algorithm), sent(slab) {}

  cc::CongestionControl control;
  SentList sent;
  Delivery delivery;
  Rack rack;
  cc::Prr prr;
  std::uint64_t paced_until = 0;  ///< paced until so much is delivered: no ACKs clock the window after an idle time
  SeqNum recovery_point;          ///< RecoveryPoint (RFC 6675 2): the phase ends when this is acknowledged
  SeqNum reduced_until;           ///< marks about what was sent before are the same congestion (RFC 3168 6.1.2)
  bool send_lost = false;         ///< one lost segment goes whatever cwnd says: the timer expired
  DuplicateAcks duplicates;
  TailLossProbe probe;
  FRto f_rto;
  Undo undo;
  SentTotals totals;
  std::uint32_t paced = base::kNoIndex;                              ///< see departures.h
  std::uint16_t dsacks = 0;                                          ///< D-SACKs received; stays at 65535
  std::array<wire::SackBlock, wire::kMaxSackBlocks> known_blocks{};  ///< of the last ACK: they say nothing new
};

}  // namespace millrace::tcp
