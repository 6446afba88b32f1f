// BBR on a modelled path: what its tests share.
#pragma once

#include "cc/bbr.h"
#include "path_model.h"

namespace millrace::cc {

using BbrModel = PathModel<Bbr>;

constexpr Rate kLink = 12'500'000;                             // 100 Mbit/s
constexpr Path kPath{.rate = kLink, .rtt = milliseconds{40}};  // a BDP of 345 segments
constexpr std::uint32_t kSegment = 1448;                       // as Path has it by default

/// Runs until BBR is in `state`, which it comes to within one cycle and a ProbeRTT.
inline bool reach(BbrModel& model, Bbr::State state) {
  return model.run_until([&] { return model.control.state() == state; }, seconds{20});
}

/// Per cent of the link that the next `span` delivers.
inline std::uint64_t utilization(BbrModel& model, Duration span) {
  const std::uint64_t before = model.delivered();
  model.run_for(span);
  return (model.delivered() - before) * 100'000 / static_cast<std::uint64_t>(to_ms(span)) / model.path.rate;
}

}  // namespace millrace::cc
