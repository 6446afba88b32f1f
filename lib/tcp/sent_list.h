// The segments of one connection between SND.UNA and SND.NXT, and the SACK scoreboard over them (RFC 2018 5, RFC 6675
// 3): each is in flight, SACKed or lost.
//
// Two lists through the records: all of them by sequence number, and those in flight by time of transmission, which is
// the order in which RACK looks at them (RFC 8985 6.2). Sums are kept, so pipe costs nothing. Steps are O(1), save
// find(), which walks from the nearest of three places, and restore_lost().
#pragma once

#include "tcp/sent_segment.h"

namespace millrace::tcp {

class SentList {
 public:
  explicit SentList(SentSlab& slab) noexcept : slab_(&slab) {}
  SentList(const SentList&) = delete;
  SentList& operator=(const SentList&) = delete;
  ~SentList() { clear(); }

  [[nodiscard]] bool empty() const noexcept { return head_ == base::kNoIndex; }
  [[nodiscard]] SentSegment* front() noexcept { return at(head_); }
  [[nodiscard]] SentSegment* back() noexcept { return at(tail_); }
  [[nodiscard]] SentSegment* next(const SentSegment& segment) noexcept { return at(segment.next); }
  /// In flight, sent longest ago.
  [[nodiscard]] SentSegment* oldest() noexcept { return at(oldest_); }
  [[nodiscard]] SentSegment* later(const SentSegment& segment) noexcept { return at(segment.later); }
  /// Lost, with the lowest sequence number: what is sent again first (RFC 6675 4, NextSeg (1)).
  [[nodiscard]] SentSegment* first_lost() noexcept { return at(first_lost_); }
  [[nodiscard]] bool any_lost() const noexcept { return first_lost_ != base::kNoIndex; }
  /// The one that holds `seq`; nullptr if none does.
  [[nodiscard]] SentSegment* find(SeqNum seq) noexcept;

  /// Sequence numbers of those SACKed, and of those lost.
  [[nodiscard]] std::uint32_t sacked() const noexcept { return sacked_; }
  [[nodiscard]] std::uint32_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint32_t segments() const noexcept { return segments_; }
  [[nodiscard]] std::uint32_t segments_sacked() const noexcept { return segments_sacked_; }
  [[nodiscard]] std::uint32_t segments_lost() const noexcept { return segments_lost_; }

  /// A new record behind all others, in flight; nullptr when the slab is used up.
  [[nodiscard]] SentSegment* append(SeqNum seq) noexcept;
  /// Cuts it in two: it keeps `length` bytes (0 < length < segment.length), the rest is a new record behind it. False
  /// when the slab is used up.
  [[nodiscard]] bool split(SentSegment& segment, std::uint16_t length) noexcept;
  /// It is acknowledged whole, or was not sent after all.
  void remove(SentSegment& segment) noexcept;
  /// A lost segment of fewer than `most` bytes takes text from lost ones behind it.
  void fill_lost(SentSegment& segment, std::uint32_t most) noexcept;
  /// `n` bytes of the front (fewer than it has) are acknowledged; its text now begins at `packet`, `offset`.
  void cut_front(std::uint32_t n, pkt::Packet* packet, std::uint16_t offset) noexcept;

  void mark_sacked(SentSegment& segment) noexcept;
  void mark_lost(SentSegment& segment) noexcept;
  /// It was sent again at `now`: in flight, as the newest.
  void mark_sent(SentSegment& segment, Time now) noexcept;
  /// What was marked lost was not: in flight, as of when it was sent.
  void restore_lost() noexcept;
  /// The peer may have dropped what it reported (RFC 2018 8): all SACKed ones are lost.
  void forget_sacked() noexcept;

  void clear() noexcept;

 private:
  [[nodiscard]] SentSegment* at(std::uint32_t index) noexcept {
    return index == base::kNoIndex ? nullptr : &(*slab_)[index];
  }
  [[nodiscard]] std::uint32_t index_of(const SentSegment& segment) const noexcept { return slab_->index_of(segment); }
  void link_after(std::uint32_t place, SentSegment& segment) noexcept;
  void link_by_time_after(std::uint32_t place, SentSegment& segment) noexcept;
  void unlink_by_time(SentSegment& segment) noexcept;
  void leave_state(SentSegment& segment) noexcept;
  void find_first_lost_from(std::uint32_t index) noexcept;

  SentSlab* slab_;
  std::uint32_t head_ = base::kNoIndex;
  std::uint32_t tail_ = base::kNoIndex;
  std::uint32_t oldest_ = base::kNoIndex;
  std::uint32_t newest_ = base::kNoIndex;
  std::uint32_t first_lost_ = base::kNoIndex;
  std::uint32_t last_found_ = base::kNoIndex;  ///< where find() was last: SACK blocks grow where they grew before
  std::uint32_t sacked_ = 0;
  std::uint32_t lost_ = 0;
  std::uint32_t segments_ = 0;
  std::uint32_t segments_sacked_ = 0;
  std::uint32_t segments_lost_ = 0;
};

}  // namespace millrace::tcp
