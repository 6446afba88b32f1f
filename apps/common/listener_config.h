// The keys that every program's [[listener]] has: SYN cookies, limits, Fast Open, whom it serves, MSS.
#pragma once

#include <cstdint>

#include "api/types.h"
#include "table_reader.h"

namespace millrace::config {

/// Reads them from a [[listener]]. Limits of the process are divided between the workers, rounded up.
void read_listen_options(TableReader& reader, std::uint16_t workers, api::ListenOptions& options);

}  // namespace millrace::config
