// From options to an engine with its parts and jobs.
#pragma once

#include <cstdint>

#include "engine.h"
#include "neighborhood.h"
#include "options.h"

namespace millrace::load {

/// `iss`: see EngineSettings::first_iss. `offload`: the port completes checksums.
[[nodiscard]] EngineSettings engine_settings(const Options& options, bool offload, std::uint32_t iss);

/// Adds parts and jobs. Throws std::runtime_error when a file can't be read.
void add_parts(const Options& options, Engine& engine, Neighborhood& neighborhood);

/// Where segments to the targets go first.
[[nodiscard]] wire::IpAddress next_hop(const Options& options);

}  // namespace millrace::load
