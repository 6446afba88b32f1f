// Two intrusive queues of Tcbs: who owes the network something, and who has something to tell.
//
// A Tcb is in each at most once (kOnReady, kOnEvents) and is linked by index, so both are bounded by the number of
// connections and cost no memory of their own.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

template <std::uint32_t Tcb::*Next, std::uint32_t Membership>
class TcbList {
 public:
  explicit TcbList(base::Slab<Tcb>& tcbs) noexcept : tcbs_(&tcbs) {}

  [[nodiscard]] bool empty() const noexcept { return head_ == base::kNoIndex; }

  /// Appends; does nothing when it is already in the list.
  void push(Tcb& tcb) noexcept {
    if (tcb.has(Membership)) return;
    tcb.set(Membership);
    tcb.*Next = base::kNoIndex;
    const std::uint32_t index = tcbs_->index_of(tcb);
    if (tail_ == base::kNoIndex) {
      head_ = index;
    } else {
      (*tcbs_)[tail_].*Next = index;
    }
    tail_ = index;
  }

  /// The front, taken out; nullptr when empty.
  Tcb* pop() noexcept {
    if (empty()) return nullptr;
    Tcb& tcb = (*tcbs_)[head_];
    head_ = tcb.*Next;
    if (head_ == base::kNoIndex) tail_ = base::kNoIndex;
    tcb.clear(Membership);
    return &tcb;
  }

 private:
  base::Slab<Tcb>* tcbs_;
  std::uint32_t head_ = base::kNoIndex;
  std::uint32_t tail_ = base::kNoIndex;
};

using ReadyList = TcbList<&Tcb::ready_next, kOnReady>;
using EventList = TcbList<&Tcb::event_next, kOnEvents>;

}  // namespace millrace::tcp
