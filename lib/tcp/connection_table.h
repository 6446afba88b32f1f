// Everything that has a 4-tuple: connections, half-open connections and TIME-WAIT entries, found by their flow key.
//
// Three slabs, one flow table. A FlowRef and a TimerId carry the same number: 2 bits of kind, 30 bits of index.
// Connections are named to the application with a generation, which changes when a Tcb is released, so stale handles
// are recognised.
#pragma once

#include <cstdint>
#include <vector>

#include "base/slab.h"
#include "flow/flow_table.h"
#include "tcp/half_open.h"
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
};

class ConnectionTable {
 public:
  /// Reserves address space for the limits; throws std::bad_alloc. Registers the slabs as the wheel's arenas.
  ConnectionTable(const TableLimits& limits, const base::SipKey& secret, timer::Wheel& wheel);

  base::Slab<Tcb> tcbs;
  base::Slab<TimeWait> time_waits;
  base::Slab<HalfOpen> half_opens;

  struct KeyOf {
    ConnectionTable* table;
    const flow::FlowKey& operator()(flow::FlowRef ref) const noexcept;
    void prefetch(flow::FlowRef ref) const noexcept;
  };
  flow::FlowTable<KeyOf> flows;

  /// A new Tcb for `key`, in the flow table; kNoIndex when a table is full or the key is taken.
  [[nodiscard]] std::uint32_t add_tcb(const flow::FlowKey& key) noexcept;
  /// Takes the Tcb's key out of the flow table; afterwards nothing received reaches it.
  void unlink(Tcb& tcb) noexcept;
  /// Gives the Tcb back; its handles go stale.
  void release(Tcb& tcb) noexcept;

  [[nodiscard]] std::uint32_t generation(std::uint32_t index) const noexcept { return generations_[index]; }
  /// The connection that `index` and `generation` name, or nullptr when it is gone.
  [[nodiscard]] Tcb* find(std::uint32_t index, std::uint32_t generation) noexcept;

 private:
  std::vector<std::uint32_t> generations_;  ///< odd while the Tcb is in use
};

}  // namespace millrace::tcp
