// --summary: what happened within a second, from the counters before and after.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "telemetry_client.h"

namespace millrace::ss {

using Counters = std::map<std::string, std::uint64_t>;
using Sample = std::vector<Counters>;  ///< one per worker

[[nodiscard]] Sample take_sample(tools::TelemetryClient& client);
[[nodiscard]] std::string summary_text(const Sample& before, const Sample& now);

}  // namespace millrace::ss
