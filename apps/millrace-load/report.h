// What was measured, as numbers, as a table for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counts.h"
#include "engine.h"
#include "histogram.h"
#include "options.h"

namespace millrace::load {

/// Of one part, or of all together.
struct PartResult {
  std::string mode;
  Counts count;
  Histogram latency;
  std::uint64_t held = 0;
  std::uint64_t late = 0;

  void add(const PartResult& other) noexcept;
};

struct Measurement {
  double seconds = 0;
  std::vector<PartResult> parts;
  std::uint64_t busy_cycles = 0, idle_cycles = 0;
  FrameCounts frames;
  std::optional<Mismatch> first_mismatch;

  [[nodiscard]] double busy_share() const noexcept;
  /// The generator had hardly a turn without work: a faster one might have got more out of the peer.
  [[nodiscard]] bool bottleneck() const noexcept { return busy_share() > 0.95; }
};

/// What the run was made on.
struct Setting {
  std::string driver{};
  std::string peer_mac{};
  bool tx_checksum_offload = false;
  unsigned cpu = 0;
  std::uint64_t tsc_hz = 0;
  std::string processor{};
};

[[nodiscard]] std::string report_text(const Measurement& measurement, const Options& options, const Setting& setting);
/// One object; see the README.
[[nodiscard]] std::string report_json(const Measurement& measurement, const Options& options, const Setting& setting);

}  // namespace millrace::load
