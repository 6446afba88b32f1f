// What a connection that sends has besides its Tcb: congestion control, records of what is outstanding, and what
// recovery knows. Each mechanism's state in a part of its own, named after it.
//
// Taken from a slab of the connection table when data is sent, given back with the Tcb, or when nothing has been sent
// for a while and it knows no more than a new one would. The slab has room for every connection, so there is always
// one; memory is touched only by those that take it.
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

struct Sender {
  Sender(SentSlab& slab, cc::Algorithm algorithm) noexcept : control(algorithm), sent(slab) {}

  cc::CongestionControl control;
  cc::Window window;
  SentList sent;
  Delivery delivery;
  Rack rack;
  cc::Prr prr;
  std::uint64_t paced_until = 0;  ///< paced until so much is delivered: no ACKs clock the window after an idle time
  SeqNum recovery_point;          ///< RecoveryPoint (RFC 6675 2): the phase ends when this is acknowledged
  SeqNum reduced_until;           ///< marks about what was sent before are the same congestion (RFC 3168 6.1.2)
  std::uint32_t loss_at = 0;      ///< deadline, see timers.h: RACK's reorder timer or a tail loss probe (RFC 8985)
  bool send_lost = false;         ///< one lost segment goes whatever cwnd says: the timer expired
  DuplicateAcks duplicates;
  TailLossProbe probe;
  FRto f_rto;
  Undo undo;
  std::uint64_t bytes_again = 0;         ///< sent more than once, each time but the first; for people
  std::uint32_t retransmits = 0;         ///< segments sent again, each time
  std::uint32_t paced = base::kNoIndex;  ///< see departures.h
  std::uint16_t dsacks = 0;              ///< D-SACKs received; stays at 65535
  std::array<wire::SackBlock, wire::kMaxSackBlocks> known_blocks{};  ///< of the last ACK: they say nothing new
};
static_assert(sizeof(Sender) <= 592);

}  // namespace millrace::tcp
