// Rows as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "listing.h"

namespace millrace::ss {

/// "2 connections" head of the table.
[[nodiscard]] std::string connection_head();
/// Like `ss -tani`: state, queues, both ends; unless `one_line`, timers, times and windows below.
[[nodiscard]] std::string connection_text(const tools::Row& row, bool one_line);

/// Head and line of the table of a proxy's servers.
[[nodiscard]] std::string upstream_head();
[[nodiscard]] std::string upstream_text(const tools::Row& row);

/// "10:02:11.052 client 10.1.0.2:4711 -> 10.1.0.1:80: reset by the peer (RST at RCV.NXT, RFC 9293 3.10.7.4) after 3.2
/// s; 12.0 kB in, 1.0 MB out"
[[nodiscard]] std::string closed_text(const tools::Row& row, std::uint64_t now_us);

/// {"state":"ESTABLISHED","recv_q":0,...}; what is not there is null. Rows of closed connections get the words of their
/// rule too.
[[nodiscard]] std::string json_text(const tools::Row& row);

/// What the connection is doing, what it waits for, until when, and what to do if that is not wanted.
[[nodiscard]] std::string explain_live(const tools::Row& row);
/// Why it ended, and what to do.
[[nodiscard]] std::string explain_closed(const tools::Row& row, std::uint64_t now_us);

}  // namespace millrace::ss
