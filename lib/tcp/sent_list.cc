// Links and sums. A record that leaves a state takes its numbers out of that state's sums; the lowest lost one is found
// again by walking upwards, so each record is passed once per loss.
#include "tcp/sent_list.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::tcp {
namespace {

/// The record gives up its first `n` bytes, fewer than it has. The text may go on in the buffers behind.
void skip(SentSegment& segment, std::uint32_t n) noexcept {
  segment.seq += n;
  segment.length = static_cast<std::uint16_t>(segment.length - n);
  while (true) {
    const auto& meta = segment.packet->meta();
    const std::uint32_t here = meta.slice_offset + std::uint32_t{meta.slice_length} - segment.offset;
    if (n < here) break;
    n -= here;
    segment.packet = meta.queue_next;
    segment.offset = segment.packet->meta().slice_offset;
  }
  segment.offset = static_cast<std::uint16_t>(segment.offset + n);
}

}  // namespace

void SentList::link_after(std::uint32_t place, SentSegment& segment) noexcept {
  const std::uint32_t index = index_of(segment);
  segment.prev = place;
  segment.next = place == base::kNoIndex ? head_ : (*slab_)[place].next;
  (segment.prev == base::kNoIndex ? head_ : (*slab_)[segment.prev].next) = index;
  (segment.next == base::kNoIndex ? tail_ : (*slab_)[segment.next].prev) = index;
  ++segments_;
}

void SentList::link_by_time_after(std::uint32_t place, SentSegment& segment) noexcept {
  const std::uint32_t index = index_of(segment);
  segment.earlier = place;
  segment.later = place == base::kNoIndex ? oldest_ : (*slab_)[place].later;
  (segment.earlier == base::kNoIndex ? oldest_ : (*slab_)[segment.earlier].later) = index;
  (segment.later == base::kNoIndex ? newest_ : (*slab_)[segment.later].earlier) = index;
}

void SentList::unlink_by_time(SentSegment& segment) noexcept {
  (segment.earlier == base::kNoIndex ? oldest_ : (*slab_)[segment.earlier].later) = segment.later;
  (segment.later == base::kNoIndex ? newest_ : (*slab_)[segment.later].earlier) = segment.earlier;
  segment.earlier = segment.later = base::kNoIndex;
}

void SentList::find_first_lost_from(std::uint32_t index) noexcept {
  while (index != base::kNoIndex && !(*slab_)[index].lost_now()) index = (*slab_)[index].next;
  first_lost_ = index;
}

void SentList::leave_state(SentSegment& segment) noexcept {
  if (segment.in_flight()) return unlink_by_time(segment);
  if (segment.sacked()) {
    sacked_ -= segment.seg_len();
    --segments_sacked_;
    segment.flags &= static_cast<std::uint8_t>(~SentSegment::kSacked);
    return;
  }
  lost_ -= segment.seg_len();
  --segments_lost_;
  segment.flags &= static_cast<std::uint8_t>(~SentSegment::kLost);
  if (first_lost_ == index_of(segment)) find_first_lost_from(segment.next);
}

SentSegment* SentList::find(SeqNum seq) noexcept {
  SentSegment* const first = at(head_);
  if (first == nullptr || seq < first->seq || seq >= at(tail_)->end()) return nullptr;
  SentSegment* here = first;
  if (SentSegment* const hint = at(last_found_); hint != nullptr && hint->seq <= seq) here = hint;
  if (seq - here->seq <= at(tail_)->seq - seq) {
    while (here->end() <= seq) here = at(here->next);
  } else {
    here = at(tail_);
    while (here->seq > seq) here = at(here->prev);
  }
  last_found_ = index_of(*here);
  return here;
}

SentSegment* SentList::append(SeqNum seq) noexcept {
  const std::uint32_t index = slab_->take();
  if (index == base::kNoIndex) return nullptr;
  SentSegment& segment = (*slab_)[index];
  segment.seq = seq;
  link_after(tail_, segment);
  link_by_time_after(newest_, segment);
  return &segment;
}

bool SentList::split(SentSegment& segment, std::uint16_t length) noexcept {
  MILLRACE_ASSERT(length > 0 && length < segment.length);
  const std::uint32_t index = slab_->take(segment);
  if (index == base::kNoIndex) return false;
  SentSegment& rest = (*slab_)[index];
  skip(rest, length);
  segment.length = length;
  segment.flags &= static_cast<std::uint8_t>(~SentSegment::kFin);
  link_after(index_of(segment), rest);
  if (segment.in_flight()) {
    link_by_time_after(index_of(segment), rest);
  } else {
    ++(segment.sacked() ? segments_sacked_ : segments_lost_);
  }
  return true;
}

void SentList::remove(SentSegment& segment) noexcept {
  const std::uint32_t index = index_of(segment);
  leave_state(segment);
  (segment.prev == base::kNoIndex ? head_ : (*slab_)[segment.prev].next) = segment.next;
  (segment.next == base::kNoIndex ? tail_ : (*slab_)[segment.next].prev) = segment.prev;
  if (last_found_ == index) last_found_ = base::kNoIndex;
  --segments_;
  slab_->give_back(index);
}

void SentList::fill_lost(SentSegment& segment, std::uint32_t most) noexcept {
  while (segment.length < most && !segment.fin()) {
    SentSegment* const behind = next(segment);
    if (behind == nullptr || !behind->lost_now()) return;
    const auto n = static_cast<std::uint16_t>(std::min<std::uint32_t>(most - segment.length, behind->length));
    segment.length = static_cast<std::uint16_t>(segment.length + n);
    segment.transmissions = std::max(segment.transmissions, behind->transmissions);
    lost_ += n;  // counted twice until it leaves the other
    if (n < behind->length) {
      lost_ -= n;
      skip(*behind, n);
      return;
    }
    if (behind->fin()) {
      segment.flags |= SentSegment::kFin;
      ++lost_;
    }
    remove(*behind);
  }
}

void SentList::cut_front(std::uint32_t n, pkt::Packet* packet, std::uint16_t offset) noexcept {
  SentSegment& segment = *front();
  MILLRACE_ASSERT(n <= segment.length && n < segment.seg_len());
  if (segment.sacked()) sacked_ -= n;
  if (segment.lost_now()) lost_ -= n;
  segment.seq += n;
  segment.length = static_cast<std::uint16_t>(segment.length - n);
  segment.packet = segment.length > 0 ? packet : nullptr;
  segment.offset = offset;
}

void SentList::mark_sacked(SentSegment& segment) noexcept {
  leave_state(segment);
  segment.flags |= SentSegment::kSacked;
  sacked_ += segment.seg_len();
  ++segments_sacked_;
}

void SentList::mark_lost(SentSegment& segment) noexcept {
  leave_state(segment);
  segment.flags |= SentSegment::kLost;
  lost_ += segment.seg_len();
  ++segments_lost_;
  if (first_lost_ == base::kNoIndex || segment.seq < (*slab_)[first_lost_].seq) first_lost_ = index_of(segment);
}

void SentList::mark_sent(SentSegment& segment, Time now) noexcept {
  leave_state(segment);
  link_by_time_after(newest_, segment);
  segment.sent_at = now;
  if (segment.transmissions < 0xff) ++segment.transmissions;
}

void SentList::restore_lost() noexcept {
  std::uint32_t place = base::kNoIndex;  // lost ones mostly follow each other in time too
  while (SentSegment* const segment = first_lost()) {
    leave_state(*segment);
    if (place != base::kNoIndex && (*slab_)[place].sent_at > segment->sent_at) place = base::kNoIndex;
    for (std::uint32_t after = place == base::kNoIndex ? oldest_ : (*slab_)[place].later;
         after != base::kNoIndex && (*slab_)[after].sent_at <= segment->sent_at; after = (*slab_)[after].later)
      place = after;
    link_by_time_after(place, *segment);
    place = index_of(*segment);
  }
}

void SentList::forget_sacked() noexcept {
  for (SentSegment* segment = front(); segment != nullptr; segment = next(*segment))
    if (segment->sacked()) mark_lost(*segment);
}

void SentList::clear() noexcept {
  while (!empty()) remove(*front());
}

}  // namespace millrace::tcp
