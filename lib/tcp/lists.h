// Two queues of Tcbs: who owes the network something, and who has something to tell.
//
// A Tcb is in each at most once (kOnReady, kOnEvents), so a ring with a place for every connection never overflows. A
// queue that has become empty starts at its first place again, and so it mostly stays on a few lines; one that is never
// empty goes round.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/pages.h"
#include "base/slab.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

template <std::uint32_t Membership>
class TcbList {
 public:
  /// Room for all of `tcbs`, which must outlive this. Throws std::bad_alloc.
  explicit TcbList(base::Slab<Tcb>& tcbs)
      : tcbs_(&tcbs),
        mask_(std::bit_ceil(std::max(tcbs.capacity(), 1u)) - 1),
        memory_((std::size_t{mask_} + 1) * sizeof(std::uint32_t), base::PageSize::Small),
        ring_(static_cast<std::uint32_t*>(memory_.data())) {}

  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }

  /// Appends; does nothing when it is already in the list.
  void push(Tcb& tcb) noexcept {
    if (tcb.has(Membership)) return;
    MILLRACE_ASSERT(tail_ - head_ <= mask_);
    tcb.set(Membership);
    ring_[tail_++ & mask_] = tcbs_->index_of(tcb);
  }

  /// The front, taken out; nullptr when empty.
  Tcb* pop() noexcept {
    if (empty()) return nullptr;
    Tcb& tcb = (*tcbs_)[ring_[head_++ & mask_]];
    if (empty()) head_ = tail_ = 0;
    tcb.clear(Membership);
    return &tcb;
  }

 private:
  base::Slab<Tcb>* tcbs_;
  std::uint32_t mask_;  ///< places - 1
  base::Pages memory_;
  std::uint32_t* ring_;
  std::uint32_t head_ = 0;  ///< both modulo 2^32
  std::uint32_t tail_ = 0;
};

using ReadyList = TcbList<kOnReady>;
using EventList = TcbList<kOnEvents>;

}  // namespace millrace::tcp
