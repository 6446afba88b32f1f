// Listings as text: a row per line, words separated by one space, in the order of the columns. What is not there is
// "-".
//
// Compact, because an answer over DPDK's telemetry has 8 KiB; millrace-ss makes tables, sentences and JSON of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stack/connection_list.h"

namespace millrace::stack {

inline constexpr std::string_view kConnectionColumns =
    "worker state opened_by local remote age_us recv_q send_q timers rto_us srtt_us rttvar_us backoff cwnd ssthresh "
    "mss "
    "snd_wnd rcv_wnd snd_wscale rcv_wscale bytes_in bytes_out flight retransmits flags congestion_control phase "
    "pacing_rate delivery_rate min_rtt_us reordering_seen reordering_us dsacks lost bytes_sent";
inline constexpr std::string_view kClosedColumns =
    "worker number ended_us lived_us opened_by local remote state rule bytes_in bytes_out unread unsent retransmits";

[[nodiscard]] std::string to_text(const ConnectionRow& row, std::uint16_t worker);
/// `epoch`: from the stack's clock to 1970.
[[nodiscard]] std::string to_text(const ClosedRow& row, std::uint16_t worker, Duration epoch);

/// "host=10.1.0.2,port=80,port=8080,state=ESTABLISHED,state=TIME-WAIT", each optional and as often as wanted; nullopt
/// when it is something else.
[[nodiscard]] std::optional<ListFilter> parse_filter(std::string_view text);

}  // namespace millrace::stack
