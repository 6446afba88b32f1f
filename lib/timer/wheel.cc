// The wheel's lists, levels and cascades; wheel.h says what they guarantee.
#include "timer/wheel.h"

#include <algorithm>
#include <bit>

namespace millrace::timer {

Wheel::Wheel(Time start) noexcept : current_(WheelTicks::at(start)) {}

void Wheel::arm(TimerId id, Time deadline) noexcept {
  cancel(id);
  Node& n = lists_.node(id.value);
  Tick tick = WheelTicks::not_before(deadline);
  List list = kLateList;
  if (tick > advancing_to_) {
    tick = std::clamp(tick, current_, current_ + kHorizonTicks);
    list = list_of(tick);
    note_armed(tick, list);
  }
  lists_.append(id.value, n, static_cast<std::uint32_t>(tick), list);
  ++pending_;
}

void Wheel::cancel(TimerId id) noexcept {
  Node& n = lists_.node(id.value);
  if (!n.armed()) return;
  lists_.remove(n);
  --pending_;
}

std::optional<Time> Wheel::next_deadline() const noexcept {
  if (pending_ == 0) return std::nullopt;
  if (lists_.in_use(kLateList) || (cascading_ != kNoList && lists_.in_use(cascading_)))
    return WheelTicks::start(current_);
  return WheelTicks::start(earliest_slot()->tick);
}

Time Wheel::deadline(TimerId id) const noexcept {
  // A node keeps the low 32 bits of its tick.
  const auto ahead = static_cast<std::int32_t>(lists_.node(id.value).tick - static_cast<std::uint32_t>(current_));
  return WheelTicks::start(current_ + ahead);
}

void Wheel::begin_advance(Time now, std::size_t budget) noexcept {
  MILLRACE_ASSERT(advancing_to_ == kNotAdvancing);
  advancing_to_ = std::max(WheelTicks::at(now), current_);
  quiet_until_ = kUnknown;
  constexpr auto kMost = std::numeric_limits<std::size_t>::max();
  moves_left_ = budget <= kMost / kMovesPerCall ? budget * kMovesPerCall : kMost;
}

// The oldest timer that is due, unarmed; the null id when there is none, or when finding it takes too many moves.
TimerId Wheel::take_due() noexcept {
  while (finish_cascade()) {
    const auto next = earliest_slot();
    if (!next || next->tick > advancing_to_) {
      current_ = advancing_to_;
      quiet_until_ = next ? next->tick : std::numeric_limits<Tick>::max();
      return {};
    }
    current_ = next->tick;
    if (next->list < kSlots) {
      const TimerId id{lists_.head(next->list)};
      cancel(id);
      return id;
    }
    cascading_ = next->list;
  }
  return {};
}

// Late timers count as due at the time to which the wheel was advanced, so they neither overtake timers that an
// exhausted budget left nor starve behind later ones.
void Wheel::end_advance() noexcept {
  const Tick tick = std::min(advancing_to_, current_ + kHorizonTicks);
  advancing_to_ = kNotAdvancing;
  while (lists_.in_use(kLateList)) {
    const auto id = lists_.head(kLateList);
    Node& n = lists_.node(id);
    lists_.remove(n);
    const List list = list_of(tick);
    note_armed(tick, list);
    lists_.append(id, n, static_cast<std::uint32_t>(tick), list);
  }
}

void Wheel::note_armed(Tick tick, List list) noexcept {
  const unsigned shift = (list >> kDigitBits) * kDigitBits;
  quiet_until_ = std::min(quiet_until_, tick >> shift << shift);
}

// current_ is the start of the slot's time, so each timer's tick is ahead of it by less than the slot is long, and none
// returns to the slot.
bool Wheel::finish_cascade() noexcept {
  if (cascading_ == kNoList) return true;
  while (lists_.in_use(cascading_)) {
    if (moves_left_ == 0) return false;
    --moves_left_;
    const auto id = lists_.head(cascading_);
    Node& n = lists_.node(id);
    lists_.remove(n);
    lists_.append(id, n, n.tick, list_of(current_ + (n.tick - static_cast<std::uint32_t>(current_))));
  }
  cascading_ = kNoList;
  return true;
}

std::optional<Wheel::SlotStart> Wheel::earliest_slot() const noexcept {
  for (unsigned level = 0; level < kLevels; ++level) {
    if (const auto ahead = slots_ahead(level)) {
      const unsigned shift = level * kDigitBits;
      const auto slot = (digit(level) + *ahead) % kSlots;
      return SlotStart{static_cast<List>(level << kDigitBits | slot), ((current_ >> shift) + *ahead) << shift};
    }
  }
  return std::nullopt;
}

// How many slots after the current one the first slot in use is. The search goes round: only on the highest level can a
// slot lie behind the current one, and it is then a part of the next revolution.
std::optional<unsigned> Wheel::slots_ahead(unsigned level) const noexcept {
  const auto word_of = [&](unsigned i) { return lists_.used_word(level * kWordsPerLevel + i); };
  const unsigned from = digit(level);
  const unsigned first_word = from / kWordBits;
  const unsigned first_bit = from % kWordBits;
  const std::uint64_t not_before = ~std::uint64_t{0} << first_bit;
  if (const auto word = word_of(first_word) & not_before; word != 0)
    return static_cast<unsigned>(std::countr_zero(word)) - first_bit;
  for (unsigned i = 1; i <= kWordsPerLevel; ++i) {
    const unsigned at = (first_word + i) % kWordsPerLevel;
    const auto word = i == kWordsPerLevel ? word_of(at) & ~not_before : word_of(at);
    if (word != 0) return i * kWordBits + static_cast<unsigned>(std::countr_zero(word)) - first_bit;
  }
  return std::nullopt;
}

Wheel::List Wheel::list_of(Tick tick) const noexcept {
  const auto differing = static_cast<std::uint64_t>(tick ^ current_) | 1;
  const auto highest_bit = static_cast<unsigned>(std::bit_width(differing)) - 1;
  const auto level = std::min(highest_bit / kDigitBits, kLevels - 1);
  return static_cast<List>(level << kDigitBits | (static_cast<std::uint64_t>(tick) >> (level * kDigitBits)) % kSlots);
}

unsigned Wheel::digit(unsigned level) const noexcept {
  return static_cast<unsigned>(static_cast<std::uint64_t>(current_) >> (level * kDigitBits)) % kSlots;
}

}  // namespace millrace::timer
