// Keys that [[listener]] and [[upstream]] share: what every connection of theirs is given (lib/tcp/user_options.h).
#pragma once

#include "api/types.h"
#include "table_reader.h"

namespace millrace::config {

/// Reads dscp, hop_limit, user_timeout, keepalive, keepalive_interval, keepalive_count,
/// congestion_control, pacing and ecn.
void read_connection_options(TableReader& reader, api::ConnectionOptions& options);

}  // namespace millrace::config
