// Everything that has a 4-tuple: connections, half-open connections and TIME-WAIT entries, found by their flow key.
//
// Three slabs, one flow table, the ledger of the ephemeral ports of what this side opened (and a slab of what few
// connections have besides). A FlowRef and a TimerId carry the same number: 2 bits of kind, 30 bits of index.
// Connections are named to the application with a generation, which changes when a Tcb is released, so stale handles
// are recognised.
#pragma once

#include <cstdint>
#include <vector>

#include "base/prefetch.h"
#include "base/slab.h"
#include "flow/flow_table.h"
#include "flow/port_ledger.h"
#include "tcp/accecn_part.h"
#include "tcp/closed_log.h"
#include "tcp/half_open.h"
#include "tcp/rare_part.h"
#include "tcp/reuse.h"
#include "tcp/sender.h"
#include "tcp/tcb.h"
#include "tcp/time_wait_entry.h"
#include "timer/wheel.h"

namespace millrace::tcp {

enum Kind : unsigned { kKindTcb = 0, kKindTimeWait = 1, kKindHalfOpen = 2 };

[[nodiscard]] constexpr flow::FlowRef make_ref(Kind kind, std::uint32_t index) noexcept {
  return timer::TimerId::make(kind, index).value;
}
[[nodiscard]] constexpr Kind kind_of(flow::FlowRef ref) noexcept {
  return static_cast<Kind>(timer::TimerId{ref}.kind());
}
[[nodiscard]] constexpr std::uint32_t index_of(flow::FlowRef ref) noexcept { return timer::TimerId{ref}.index(); }

struct TableLimits {
  std::uint32_t connections = 1024;
  std::uint32_t time_waits = 1024;
  std::uint32_t half_open = 256;
  std::uint32_t sent_segments = 65536;  ///< segments outstanding at once, of all connections
  std::uint32_t closed_ring = 256;      ///< ends of connections remembered; of half-open ones a quarter of it
};

class ConnectionTable {
 public:
  /// Reserves address space for the limits; throws std::bad_alloc. Registers the slabs as the wheel's arenas.
  ConnectionTable(const TableLimits& limits, const base::SipKey& secret, timer::Wheel& wheel,
                  const flow::PortLedgerConfig& ports = {});

  base::Slab<Tcb> tcbs;
  base::Slab<TimeWait> time_waits;
  timer::Node time_wait_timer;  ///< the one of all entries, see time_wait.h
  base::Slab<HalfOpen> half_opens;
  base::Slab<RarePart> rare_parts;  ///< as many as connections: taking one never fails
  SentSlab sent_segments;
  base::Slab<Sender> senders;      ///< as many as connections, too
  base::Slab<AccEcnPart> accecns;  ///< of connections with accurate ECN; as many as connections too
  ClosedLog closed;                ///< connections that have ended
  ClosedLog closed_half_opens;     ///< apart, because a flood of SYNs must not push the others out

  struct KeyOf {
    ConnectionTable* table;
    const flow::FlowKey& operator()(flow::FlowRef ref) const noexcept;
    void prefetch(flow::FlowRef ref) const noexcept { base::prefetch(&(*this)(ref)); }
  };
  flow::FlowTable<KeyOf> flows;

  flow::PortLedger ports;  ///< whoever opens takes a port; unlink() and end_time_wait() give it back
  ReuseOrder reuse;

  /// A new Tcb for `key`, which nobody has, or which `in_place_of` has and then loses, in the flow table; kNoIndex when
  /// a table is full.
  [[nodiscard]] std::uint32_t add_tcb(const flow::FlowKey& key, flow::FlowRef in_place_of = flow::kNoFlow) noexcept;
  /// Takes the Tcb's key out of the flow table and the ledger; afterwards nothing received reaches it.
  void unlink(Tcb& tcb) noexcept;
  /// Gives the Tcb back; its handles go stale.
  void release(Tcb& tcb) noexcept;
  /// The connection's rare part, taken now if it has none.
  [[nodiscard]] RarePart& rare_part(Tcb& tcb) noexcept;
  /// The counters of its accurate ECN, taken now if it has none.
  [[nodiscard]] AccEcnPart& accecn(Tcb& tcb) noexcept;

  /// The connection's sending part; nullptr: it has not sent data yet, or not of late.
  [[nodiscard]] Sender* find_sender(const Tcb& tcb) noexcept {
    return tcb.has_sender ? &senders[tcb.sender_or_cwnd] : nullptr;
  }
  [[nodiscard]] const Sender* find_sender(const Tcb& tcb) const noexcept {
    return tcb.has_sender ? &senders[tcb.sender_or_cwnd] : nullptr;
  }
  /// Takes it, with the algorithm that the Tcb names and the window that it has.
  [[nodiscard]] Sender& add_sender(Tcb& tcb) noexcept;
  /// Gives it back; its window stays with the Tcb. Nothing is outstanding, and it is not paced.
  void drop_sender(Tcb& tcb) noexcept;

  [[nodiscard]] std::uint32_t generation(std::uint32_t index) const noexcept { return generations_[index]; }
  [[nodiscard]] bool in_use(std::uint32_t index) const noexcept { return (generations_[index] & 1) != 0; }
  /// The connection that `index` and `generation` name, or nullptr when it is gone.
  [[nodiscard]] Tcb* find(std::uint32_t index, std::uint32_t generation) noexcept;

 private:
  std::vector<std::uint32_t> generations_;  ///< odd while the Tcb is in use
};

inline const flow::FlowKey& ConnectionTable::KeyOf::operator()(flow::FlowRef ref) const noexcept {
  const std::uint32_t index = index_of(ref);
  switch (kind_of(ref)) {
    case kKindTimeWait:
      return table->time_waits[index].key;
    case kKindHalfOpen:
      return table->half_opens[index].key;
    default:
      return table->tcbs[index].key;
  }
}

}  // namespace millrace::tcp
