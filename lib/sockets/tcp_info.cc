// TCP_INFO: what is known of a connection in the layout of Linux' struct tcp_info. Counts of segments are computed from
// bytes; what the stack does not measure is 0.
#include <linux/tcp.h>

#include <algorithm>

#include "sockets/socket.h"
#include "sockets/socket_options.h"

namespace millrace::sockets {
namespace {

enum LinuxState : std::uint8_t {
  kEstablished = 1,
  kSynSent,
  kSynReceived,
  kFinWait1,
  kFinWait2,
  kTimeWait,
  kClosed,
  kCloseWait,
  kLastAck,
  kListen,
  kClosing,
};

// Linux' words for "no limit" and "no sample", and the duplicates that it waits for at first.
constexpr std::uint64_t kNothing64 = ~std::uint64_t{0};
constexpr std::uint32_t kNothing32 = ~std::uint32_t{0};
constexpr std::uint32_t kReordering = 3;

std::uint8_t state_of(const Socket& socket, api::State state) noexcept {
  if (socket.listening != nullptr) return kListen;
  switch (state) {
    case api::State::Established:
      return kEstablished;
    case api::State::SynSent:
      return kSynSent;
    case api::State::SynReceived:
      return kSynReceived;
    case api::State::FinWait1:
      return kFinWait1;
    case api::State::FinWait2:
      return kFinWait2;
    case api::State::TimeWait:
      return kTimeWait;
    case api::State::CloseWait:
      return kCloseWait;
    case api::State::LastAck:
      return kLastAck;
    case api::State::Closing:
      return kClosing;
    case api::State::Closed:
    case api::State::Listen:
      return kClosed;
  }
  return kClosed;
}

std::uint8_t congestion_state(const api::ConnectionDetails& details) noexcept {
  if (details.in_loss) return TCP_CA_Loss;
  return details.in_recovery ? TCP_CA_Recovery : TCP_CA_Open;
}

std::uint8_t options_of(const api::ConnectionDetails& details) noexcept {
  return static_cast<std::uint8_t>((details.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (details.sack ? TCPI_OPT_SACK : 0) |
                                   (details.window_scaling ? TCPI_OPT_WSCALE : 0));
}

void add_path(tcp_info& info, const api::ConnectionDetails& details) noexcept {
  info.tcpi_options = options_of(details);
  info.tcpi_snd_wscale = details.send_scale & 0xf;
  info.tcpi_rcv_wscale = details.receive_scale & 0xf;
  info.tcpi_snd_mss = details.send_mss;
  info.tcpi_rcv_mss = details.receive_mss;
  info.tcpi_advmss = details.receive_mss;
  info.tcpi_pmtu = details.path_mtu;
}

void add_sending(tcp_info& info, const api::ConnectionDetails& details) noexcept {
  const std::uint32_t mss = std::max(details.send_mss, 1u);
  info.tcpi_ca_state = congestion_state(details);
  info.tcpi_retransmits = details.backoff;
  info.tcpi_backoff = details.backoff;
  info.tcpi_rto = details.rto_us;
  info.tcpi_rtt = details.rtt_us;
  info.tcpi_rttvar = details.rttvar_us;
  info.tcpi_unacked = (details.in_flight + mss - 1) / mss;
  info.tcpi_snd_cwnd = details.cwnd / mss;
  info.tcpi_snd_ssthresh = details.ssthresh == 0xffff'ffff ? 0x7fff'ffff : details.ssthresh / mss;
  info.tcpi_total_retrans = details.retransmits;
  info.tcpi_lost = details.lost_now;
  info.tcpi_sacked = details.sacked_now;
  info.tcpi_reordering = kReordering;
  info.tcpi_reord_seen = details.reordering_seen ? 1 : 0;
  info.tcpi_dsack_dups = details.dsacks;
  info.tcpi_min_rtt = details.min_rtt_us != 0 ? details.min_rtt_us : kNothing32;
  info.tcpi_pacing_rate = details.pacing_rate != 0 ? details.pacing_rate : kNothing64;
  info.tcpi_max_pacing_rate = kNothing64;
  info.tcpi_delivery_rate = details.delivery_rate;
  info.tcpi_delivery_rate_app_limited = details.app_limited ? 1 : 0;
  info.tcpi_delivered = static_cast<std::uint32_t>((details.delivered + mss - 1) / mss);
  info.tcpi_bytes_sent = details.bytes_sent;
  info.tcpi_bytes_retrans = details.bytes_sent_again;
  info.tcpi_data_segs_out = details.data_segments_sent;
  info.tcpi_snd_wnd = details.send_window;
  info.tcpi_notsent_bytes = details.unsent;
  info.tcpi_bytes_acked = details.bytes_out;
}

void add_receiving(tcp_info& info, const api::ConnectionDetails& details) noexcept {
  info.tcpi_rcv_ssthresh = details.receive_window;
  info.tcpi_rcv_space = details.receive_window;
  info.tcpi_bytes_received = details.bytes_in;
}

}  // namespace

int get_tcp_info(const Socket& socket, const WantedValue& value) {
  tcp_info info{};
  const api::ConnectionDetails details = socket.connection.details();
  info.tcpi_state = state_of(socket, details.state);
  if (details.state != api::State::Closed) {
    add_path(info, details);
    add_sending(info, details);
    add_receiving(info, details);
  }
  return value.write(info);
}

}  // namespace millrace::sockets
