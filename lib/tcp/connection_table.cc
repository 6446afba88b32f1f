// Kinds and indices to objects, and the generations that make handles go stale: odd while a Tcb is in use, one more at
// each take and each release.
#include "tcp/connection_table.h"

#include <utility>

namespace millrace::tcp {

ConnectionTable::ConnectionTable(const TableLimits& limits, const base::SipKey& secret, timer::Wheel& wheel,
                                 const flow::PortLedgerConfig& ledger)
    : tcbs(limits.connections),
      time_waits(limits.time_waits),
      half_opens(limits.half_open),
      rare_parts(limits.connections),
      sent_segments(limits.sent_segments),
      senders(limits.connections),
      accecns(limits.connections),
      closed(limits.closed_ring),
      closed_half_opens((limits.closed_ring + 3) / 4),
      flows(std::size_t{limits.connections} + limits.time_waits + limits.half_open, secret, KeyOf{this}),
      ports(ledger, limits.connections + limits.time_waits, secret),
      reuse(limits.time_waits),
      generations_(limits.connections, 0) {
  wheel.set_arena(kKindTcb,
                  reinterpret_cast<timer::Node*>(static_cast<std::byte*>(tcbs.memory()) + offsetof(Tcb, timer)),
                  tcbs.stride());
  wheel.set_arena(kKindTimeWait, &time_wait_timer, sizeof time_wait_timer);
  wheel.set_arena(
      kKindHalfOpen,
      reinterpret_cast<timer::Node*>(static_cast<std::byte*>(half_opens.memory()) + offsetof(HalfOpen, timer)),
      half_opens.stride());
}

std::uint32_t ConnectionTable::add_tcb(const flow::FlowKey& key, flow::FlowRef in_place_of) noexcept {
  const std::uint32_t index = tcbs.take();
  if (index == base::kNoIndex) return base::kNoIndex;
  tcbs[index].key = key;
  const flow::FlowRef ref = make_ref(kKindTcb, index);
  if (!(in_place_of == flow::kNoFlow ? flows.insert(key, ref) : flows.replace(key, in_place_of, ref))) {
    tcbs.give_back(index);
    return base::kNoIndex;
  }
  ++generations_[index];
  return index;
}

void ConnectionTable::unlink(Tcb& tcb) noexcept {
  if (tcb.has(kUnlinked)) return;
  flows.erase(tcb.key, make_ref(kKindTcb, tcbs.index_of(tcb)));
  if (tcb.has(kActiveOpen)) ports.give_back(tcb.key);
  tcb.set(kUnlinked);
}

void ConnectionTable::release(Tcb& tcb) noexcept {
  unlink(tcb);
  if (tcb.rare != base::kNoIndex) {
    const std::uint32_t accecn = rare_parts[tcb.rare].accecn;
    if (accecn != base::kNoIndex) accecns.give_back(accecn);
    rare_parts.give_back(tcb.rare);
  }
  if (tcb.has_sender) drop_sender(tcb);
  const std::uint32_t index = tcbs.index_of(tcb);
  ++generations_[index];
  tcbs.give_back(index);
}

RarePart& ConnectionTable::rare_part(Tcb& tcb) noexcept {
  if (tcb.rare == base::kNoIndex) tcb.rare = rare_parts.take();
  return rare_parts[tcb.rare];
}

Sender& ConnectionTable::add_sender(Tcb& tcb) noexcept {
  const cc::Algorithm algorithm = tcb.algorithm;
  const std::uint32_t index = senders.take(sent_segments, algorithm);
  senders[index].window.cwnd = std::exchange(tcb.sender_or_cwnd, index);
  tcb.has_sender = true;
  return senders[index];
}

void ConnectionTable::drop_sender(Tcb& tcb) noexcept {
  const std::uint32_t index = std::exchange(tcb.sender_or_cwnd, senders[tcb.sender_or_cwnd].window.cwnd);
  senders.give_back(index);
  tcb.has_sender = false;
}

AccEcnPart& ConnectionTable::accecn(Tcb& tcb) noexcept {
  RarePart& rare = rare_part(tcb);
  if (rare.accecn == base::kNoIndex) rare.accecn = accecns.take();
  return accecns[rare.accecn];
}

Tcb* ConnectionTable::find(std::uint32_t index, std::uint32_t generation) noexcept {
  if (index >= generations_.size() || generations_[index] != generation || (generation & 1) == 0) return nullptr;
  return &tcbs[index];
}

}  // namespace millrace::tcp
