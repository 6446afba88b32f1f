#include "syn_flood.h"

#include <algorithm>

namespace millrace::load {
namespace {

constexpr std::size_t kMostAtOnce = 64;

}  // namespace

SynFlood::SynFlood(Engine& engine, std::uint8_t part, const Sources& from, double rate, std::uint64_t seed)
    : engine_(engine), part_(engine.parts()[part]), from_(from), random_(seed) {
  if (rate > 0) schedule_.emplace(rate);
}

void SynFlood::begin(Time now) {
  begun_ = true;
  if (schedule_) schedule_->start(now);
}

void SynFlood::turn(Time now, std::size_t room) {
  if (!begun_) return;
  if (!schedule_ && !engine_.pending().empty()) return;
  const std::uint64_t due = schedule_ ? schedule_->due(now) - sent_ : kMostAtOnce;
  for (std::size_t n = std::min<std::uint64_t>({due, room, kMostAtOnce}); n > 0; --n) {
    if (!engine_.send_stray_syn(part_, random_syn())) return;
    ++sent_;
    ++part_.count.syns;
  }
}

std::uint64_t SynFlood::late(Time now) const noexcept { return schedule_ && begun_ ? schedule_->due(now) - sent_ : 0; }

SegmentFields SynFlood::random_syn() noexcept {
  const std::uint64_t bits = random_.next();
  const std::uint32_t place = static_cast<std::uint32_t>(random_.below(from_.count()));
  const std::uint32_t port =
      part_.ports.first + static_cast<std::uint32_t>((bits >> 32 & 0xffff) * part_.ports.size() >> 16);
  return {.source_word = from_.word(place),
          .source_port = static_cast<std::uint16_t>(port),
          .seq = SeqNum{static_cast<std::uint32_t>(bits)},
          .ack = SeqNum{},
          .ctl = wire::Ctl::kSyn};
}

}  // namespace millrace::load
