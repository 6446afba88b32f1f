// TCP_INFO in words. Apart, because the layout of <linux/tcp.h> and that of <netinet/tcp.h> exclude each other.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace millrace::conformance {

inline constexpr std::size_t kTcpInfoRoom = 512;

/// "state=1 unacked=0" for the fields asked for: state, ca_state, retransmits, probes, backoff, options, unacked,
/// sacked, lost, retrans, total_retrans, bytes_acked, bytes_received, bytes_sent, bytes_retrans, notsent_bytes,
/// data_segs_in, data_segs_out; and, as "some" when not 0, those that are the path's own affair: snd_mss, rcv_mss, rtt,
/// rto, pmtu, advmss, snd_cwnd, rcv_space, snd_wnd. `info` is padded to kTcpInfoRoom with zeros.
[[nodiscard]] std::string tcp_info_text(std::span<const std::byte> info, std::initializer_list<const char*> fields);

}  // namespace millrace::conformance
