#include "conformance/tcp_info_text.h"

#include <fmt/format.h>
#include <linux/tcp.h>

#include <cstring>
#include <stdexcept>
#include <string_view>

namespace millrace::conformance {
namespace {

struct Field {
  std::string_view name;
  std::uint64_t (*value)(const tcp_info& info);
  bool exact;
};

constexpr bool kExact = true;
constexpr bool kSome = false;  // the value is the path's or the system's own affair

template <auto Member>
std::uint64_t value_of(const tcp_info& info) {
  return info.*Member;
}

constexpr Field kFields[] = {
    {"state", value_of<&tcp_info::tcpi_state>, kExact},
    {"ca_state", value_of<&tcp_info::tcpi_ca_state>, kExact},
    {"retransmits", value_of<&tcp_info::tcpi_retransmits>, kExact},
    {"probes", value_of<&tcp_info::tcpi_probes>, kExact},
    {"backoff", value_of<&tcp_info::tcpi_backoff>, kExact},
    {"options", value_of<&tcp_info::tcpi_options>, kExact},
    {"unacked", value_of<&tcp_info::tcpi_unacked>, kExact},
    {"sacked", value_of<&tcp_info::tcpi_sacked>, kExact},
    {"lost", value_of<&tcp_info::tcpi_lost>, kExact},
    {"retrans", value_of<&tcp_info::tcpi_retrans>, kExact},
    {"total_retrans", value_of<&tcp_info::tcpi_total_retrans>, kExact},
    {"bytes_acked", value_of<&tcp_info::tcpi_bytes_acked>, kExact},
    {"bytes_received", value_of<&tcp_info::tcpi_bytes_received>, kExact},
    {"bytes_sent", value_of<&tcp_info::tcpi_bytes_sent>, kExact},
    {"bytes_retrans", value_of<&tcp_info::tcpi_bytes_retrans>, kExact},
    {"notsent_bytes", value_of<&tcp_info::tcpi_notsent_bytes>, kExact},
    {"data_segs_in", value_of<&tcp_info::tcpi_data_segs_in>, kExact},
    {"data_segs_out", value_of<&tcp_info::tcpi_data_segs_out>, kExact},
    {"snd_mss", value_of<&tcp_info::tcpi_snd_mss>, kSome},
    {"rcv_mss", value_of<&tcp_info::tcpi_rcv_mss>, kSome},
    {"rtt", value_of<&tcp_info::tcpi_rtt>, kSome},
    {"rto", value_of<&tcp_info::tcpi_rto>, kSome},
    {"pmtu", value_of<&tcp_info::tcpi_pmtu>, kSome},
    {"advmss", value_of<&tcp_info::tcpi_advmss>, kSome},
    {"snd_cwnd", value_of<&tcp_info::tcpi_snd_cwnd>, kSome},
    {"rcv_space", value_of<&tcp_info::tcpi_rcv_space>, kSome},
    {"snd_wnd", value_of<&tcp_info::tcpi_snd_wnd>, kSome},
    {"min_rtt", value_of<&tcp_info::tcpi_min_rtt>, kSome},
    {"pacing_rate", value_of<&tcp_info::tcpi_pacing_rate>, kSome},
    {"max_pacing_rate", value_of<&tcp_info::tcpi_max_pacing_rate>, kExact},
    {"reordering", value_of<&tcp_info::tcpi_reordering>, kExact},
    {"reord_seen", value_of<&tcp_info::tcpi_reord_seen>, kExact},
    {"dsack_dups", value_of<&tcp_info::tcpi_dsack_dups>, kExact},
};

const Field& field_of(std::string_view name) {
  for (const Field& field : kFields)
    if (field.name == name) return field;
  throw std::logic_error{fmt::format("no TCP_INFO field {}", name)};
}

}  // namespace

std::string tcp_info_text(std::span<const std::byte> bytes, std::initializer_list<const char*> fields) {
  tcp_info info;
  std::memcpy(&info, bytes.data(), sizeof info);
  std::string text;
  for (const char* name : fields) {
    const Field& field = field_of(name);
    const std::uint64_t value = field.value(info);
    text += text.empty() ? "" : " ";
    text += field.exact ? fmt::format("{}={}", name, value) : fmt::format("{}={}", name, value != 0 ? "some" : "0");
  }
  return text;
}

}  // namespace millrace::conformance
