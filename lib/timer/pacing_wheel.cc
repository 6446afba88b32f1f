// The slots of the pacing wheel; pacing_wheel.h says what they guarantee.
#include "timer/pacing_wheel.h"

#include <algorithm>
#include <bit>

#include "timer/ticks.h"

namespace millrace::timer {
namespace {

using PacingTicks = Ticks<PacingWheel::kTickShift>;

unsigned slot_of(std::int64_t tick) noexcept { return static_cast<unsigned>(tick) % PacingWheel::kSlots; }

}  // namespace

PacingWheel::PacingWheel(Time start) noexcept : current_(PacingTicks::at(start)) {}

void PacingWheel::arm(TimerId id, Time deadline) noexcept {
  cancel(id);
  ++pending_;
  const Tick tick = PacingTicks::not_before(deadline);
  if (tick <= advancing_to_) {
    lists_.append(id.value, lists_.node(id.value), static_cast<std::uint32_t>(tick), kLateList);
  } else {
    link(id.value, std::clamp(tick, current_, current_ + kHorizonTicks));
  }
}

void PacingWheel::cancel(TimerId id) noexcept {
  Node& n = lists_.node(id.value);
  if (!n.armed()) return;
  unlink(n);
  --pending_;
}

std::optional<Time> PacingWheel::next_deadline() const noexcept {
  if (lists_.in_use(kLateList)) return PacingTicks::start(current_);
  const auto tick = earliest_tick();
  if (!tick) return std::nullopt;
  return PacingTicks::start(*tick);
}

void PacingWheel::begin_advance(Time now) noexcept {
  MILLRACE_ASSERT(advancing_to_ == kNotAdvancing);
  advancing_to_ = std::max(PacingTicks::at(now), current_);
}

// The oldest timer that is due, unarmed; the null id when there is none.
TimerId PacingWheel::take_due() noexcept {
  const auto tick = earliest_tick();
  if (!tick || *tick > advancing_to_) {
    current_ = advancing_to_;
    return {};
  }
  current_ = *tick;
  const TimerId id{lists_.head(static_cast<List>(slot_of(*tick)))};
  cancel(id);
  return id;
}

// Late timers count as due at the time to which the wheel was advanced, so they neither overtake timers that an
// exhausted budget left nor starve behind later ones.
void PacingWheel::end_advance() noexcept {
  const Tick tick = std::min(advancing_to_, current_ + kHorizonTicks);
  advancing_to_ = kNotAdvancing;
  while (lists_.in_use(kLateList)) {
    const auto id = lists_.head(kLateList);
    lists_.remove(lists_.node(id));
    link(id, tick);
  }
}

// The first slot in use at or after the current one, going round: in the current word, in the words behind it, or in
// the part of the current word that lies before the current slot.
std::optional<PacingWheel::Tick> PacingWheel::earliest_tick() const noexcept {
  if (words_in_use_ == 0) return std::nullopt;
  const unsigned from = slot_of(current_);
  unsigned word = from / Lists::kWordBits;
  std::uint64_t bits = lists_.used_word(word) & (~std::uint64_t{0} << (from % Lists::kWordBits));
  if (bits == 0) {
    const unsigned after = (word + 1) % kWords;
    word =
        (after + static_cast<unsigned>(std::countr_zero(std::rotr(words_in_use_, static_cast<int>(after))))) % kWords;
    bits = lists_.used_word(word);
  }
  const unsigned slot = word * Lists::kWordBits + static_cast<unsigned>(std::countr_zero(bits));
  return current_ + ((slot - from) % kSlots);
}

void PacingWheel::link(std::uint32_t id, Tick tick) noexcept {
  const unsigned slot = slot_of(tick);
  lists_.append(id, lists_.node(id), static_cast<std::uint32_t>(tick), static_cast<List>(slot));
  words_in_use_ |= std::uint64_t{1} << (slot / Lists::kWordBits);
}

void PacingWheel::unlink(Node& n) noexcept {
  const unsigned word = n.slot / Lists::kWordBits;
  lists_.remove(n);
  if (word < kWords && lists_.used_word(word) == 0) words_in_use_ &= ~(std::uint64_t{1} << word);
}

}  // namespace millrace::timer
