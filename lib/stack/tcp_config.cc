// Field by field; defaults of what programs may not set are those of tcp::TcpConfig.
#include "stack/tcp_config.h"

#include <limits>

namespace millrace::stack {
namespace {

/// 0 is for the shard to bound, which knows its pool.
std::uint64_t budget(std::uint64_t bytes) noexcept {
  return bytes != 0 ? bytes : std::numeric_limits<std::uint64_t>::max();
}

tcp::BufferLimits buffer_limits(const BufferSettings& settings) noexcept {
  return {.receive_initial = settings.receive_initial,
          .receive_max = settings.receive_max,
          .send_initial = settings.send_initial,
          .send_max = settings.send_max,
          .receive_budget = budget(settings.receive_budget),
          .send_budget = budget(settings.send_budget)};
}

}  // namespace

tcp::TcpConfig tcp_config(const TcpSettings& settings, const base::SipKey& isn_secret,
                          const base::SipKey& cookie_secret) noexcept {
  tcp::TcpConfig config;
  config.msl = settings.msl;
  config.min_rto = settings.min_rto;
  config.connect_timeout = settings.connect_timeout;
  config.half_open_timeout = settings.half_open_timeout;
  config.syn_ack_retries = settings.syn_ack_retries;
  config.user_timeout = settings.user_timeout;
  config.fin_wait_2_timeout = settings.fin_wait_2_timeout;
  config.delayed_ack = settings.delayed_ack;
  config.hop_limit = settings.hop_limit;
  config.r1 = settings.r1;
  config.syn_retries = settings.syn_retries;
  config.congestion_control = settings.congestion_control;
  config.pacing = settings.pacing;
  config.ecn = settings.ecn;
  config.buffers = buffer_limits(settings.buffers);
  config.isn_secret = isn_secret;
  config.cookie_secret = cookie_secret;
  return config;
}

}  // namespace millrace::stack
