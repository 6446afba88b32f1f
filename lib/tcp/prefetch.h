// Hints to the processor: what a segment will touch of its connection, fetched while segments before it are processed.
//
// With more connections than the caches hold, each segment finds all that belongs to its connection in memory: about
// twenty lines, which would be waited for one after the other. Where a thing lies is said by the one before it, so
// there are three steps, and the later ones read what the earlier ones have fetched.
#pragma once

#include <cstddef>

#include "base/prefetch.h"
#include "tcp/connection_table.h"

namespace millrace::tcp {

/// How many segments ahead each step is taken: far enough for memory to answer, near enough to stay in the first cache.
inline constexpr std::size_t kTcbAhead = 6, kSenderAhead = 4, kRecordAhead = 2;

/// First, what the reference names. It may be gone meanwhile.
inline void prefetch_tcb(flow::FlowRef ref, const ConnectionTable& table) noexcept {
  if (ref != flow::kNoFlow && kind_of(ref) == kKindTcb) base::prefetch(&table.tcbs[index_of(ref)]);
}

/// Second, its sending part and the packet that it has sent first. The connection exists.
inline void prefetch_sender(flow::FlowRef ref, ConnectionTable& table) noexcept {
  if (ref == flow::kNoFlow || kind_of(ref) != kKindTcb) return;
  Tcb& tcb = table.tcbs[index_of(ref)];
  if (const Sender* const sender = table.find_sender(tcb)) base::prefetch(sender);
  if (pkt::Packet* const packet = tcb.snd_queue.front()) {
    base::prefetch(packet);
    base::prefetch(&packet->meta());
  }
}

/// Third, the record of what an ACK acknowledges first. The connection exists.
inline void prefetch_record(flow::FlowRef ref, ConnectionTable& table) noexcept {
  if (ref == flow::kNoFlow || kind_of(ref) != kKindTcb) return;
  Sender* const sender = table.find_sender(table.tcbs[index_of(ref)]);
  if (sender != nullptr && !sender->sent.empty()) base::prefetch(sender->sent.front());
}

}  // namespace millrace::tcp
