// Level IPPROTO_TCP, with the bounds and the rounding of Linux' tcp_setsockopt().
#include <netinet/tcp.h>

#include <array>
#include <optional>
#include <string_view>

#include "sockets/listen.h"
#include "sockets/send.h"
#include "sockets/socket.h"
#include "sockets/socket_options.h"
#include "sockets/stack_state.h"

namespace millrace::sockets {
namespace {

constexpr int kSmallestMss = 88;
constexpr int kLargestMss = 32767;
constexpr int kUsualMss = 536;
constexpr int kLongestKeepalive = 32767;
constexpr int kMostKeepalives = 127;
constexpr int kMostSyns = 127;
constexpr int kLongestFinWait2 = 120;
constexpr int kSmallestClamp = 1152;
constexpr std::size_t kLongestName = 16;

/// Linux' word for it.
std::string_view linux_name(api::CongestionControl algorithm) noexcept {
  return algorithm == api::CongestionControl::NewReno ? "reno" : cc::to_string(algorithm);
}

/// An int in [least, most].
int set_within(const GivenValue& value, int least, int most, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked < least || asked > most) return -EINVAL;
  out = asked;
  return 0;
}

int set_flag(const GivenValue& value, bool& out) noexcept {
  int on = 0;
  if (const int error = value.read(on); error != 0) return error;
  out = on != 0;
  return 0;
}

int set_max_segment(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked != 0 && (asked < kSmallestMss || asked > kLargestMss)) return -EINVAL;
  out = asked;
  return 0;
}

int set_fin_wait_2(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  out = asked < 0 ? -1 : std::min(asked, kLongestFinWait2);
  return 0;
}

/// To the end of a retransmission, of which there are after 1, 3, 7 ... seconds.
int set_defer_accept(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  constexpr int kLongest = 1023;
  int seconds = asked > 0 ? 1 : 0;
  while (seconds < asked && seconds < kLongest) seconds = 2 * seconds + 1;
  out = seconds;
  return 0;
}

int set_clamp(const Socket& socket, const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked == 0 && !socket.is_closed()) return -EINVAL;
  out = asked == 0 ? 0 : std::max(asked, kSmallestClamp);
  return 0;
}

int set_congestion(const GivenValue& value, std::optional<api::CongestionControl>& out) noexcept {
  if (value.length < 1) return -EINVAL;
  if (value.bytes == nullptr) return -EFAULT;
  const std::string_view given{static_cast<const char*>(value.bytes),
                               std::min<std::size_t>(value.length, kLongestName - 1)};
  const std::string_view name = given.substr(0, given.find('\0'));
  for (std::size_t i = 0; i < cc::kAlgorithmNames.size(); ++i) {
    const auto algorithm = static_cast<api::CongestionControl>(i);
    if (linux_name(algorithm) != name) continue;
    out = algorithm;
    return 0;
  }
  return -ENOENT;
}

int set_quick_ack(Socket& socket, const GivenValue& value) noexcept {
  const int error = set_flag(value, socket.options.quick_ack);
  if (error == 0 && socket.options.quick_ack) socket.connection.acknowledge_now();
  return error;
}

int set_corked(SocketShard& sockets, Socket& socket, const GivenValue& value) {
  const int error = set_flag(value, socket.options.cork);
  if (error == 0 && socket.is_open()) set_cork(sockets, socket, socket.options.cork);
  return error;
}

int max_segment(const Socket& socket) noexcept {
  if (socket.is_closed()) return socket.options.max_segment != 0 ? socket.options.max_segment : kUsualMss;
  return socket.is_open() ? static_cast<int>(socket.connection.details().send_mss) : kUsualMss;
}

int fin_wait_2(const Options& options) noexcept {
  return options.fin_wait_2_s != 0 ? options.fin_wait_2_s : kUsualFinWait2Seconds;
}

int get_congestion(const Socket& socket, const WantedValue& value) {
  const std::optional<api::CongestionControl>& chosen = socket.options.congestion_control;
  const auto algorithm = chosen ? *chosen : socket.stack().shards[socket.home.load()].shard().congestion_control();
  std::array<char, kLongestName> name{};
  linux_name(algorithm).copy(name.data(), name.size());
  return value.write(name);
}

/// Linux' fastopen_queue_tune(): at most somaxconn.
int set_fast_open(Socket& socket, const GivenValue& value) {
  constexpr int kMostPending = 4096;
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked < 0 || !socket.is_closed()) return -EINVAL;
  socket.options.fast_open = std::min(asked, kMostPending);
  if (socket.listening != nullptr) tell_fast_open(socket);
  return 0;
}

int set_fast_open_connect(Socket& socket, const GivenValue& value) {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked < 0 || asked > 1 || !socket.is_closed() || socket.listening != nullptr) return -EINVAL;
  socket.options.fast_open_connect = asked != 0;
  return 0;
}

}  // namespace

int get_tcp_option(Socket& socket, int option, const WantedValue& value) {
  const Options& options = socket.options;
  switch (option) {
    case TCP_NODELAY:
      return value.write(int{options.no_delay});
    case TCP_CORK:
      return value.write(int{options.cork});
    case TCP_MAXSEG:
      return value.write(max_segment(socket));
    case TCP_KEEPIDLE:
      return value.write(options.keepalive_idle_s);
    case TCP_KEEPINTVL:
      return value.write(options.keepalive_interval_s);
    case TCP_KEEPCNT:
      return value.write(options.keepalive_count);
    case TCP_USER_TIMEOUT:
      return value.write(options.user_timeout_ms);
    case TCP_LINGER2:
      return value.write(fin_wait_2(options));
    case TCP_SYNCNT:
      return value.write(options.syn_count != 0 ? options.syn_count : kUsualSynCount);
    case TCP_DEFER_ACCEPT:
      return value.write(options.defer_accept_s);
    case TCP_QUICKACK:
      return value.write(int{options.quick_ack});
    case TCP_CONGESTION:
      return get_congestion(socket, value);
    case TCP_INFO:
      return get_tcp_info(socket, value);
    case TCP_NOTSENT_LOWAT:
      return value.write(options.not_sent_low_water);
    case TCP_WINDOW_CLAMP:
      return value.write(options.window_clamp);
    case TCP_FASTOPEN:
      return value.write(options.fast_open);
    case TCP_FASTOPEN_CONNECT:
      return value.write(int{options.fast_open_connect});
    default:
      return -ENOPROTOOPT;
  }
}

int set_tcp_option(SocketShard& sockets, Socket& socket, int option, const GivenValue& value) {
  Options& options = socket.options;
  switch (option) {
    case TCP_NODELAY:
      return set_flag(value, options.no_delay);
    case TCP_CORK:
      return set_corked(sockets, socket, value);
    case TCP_MAXSEG:
      return set_max_segment(value, options.max_segment);
    case TCP_KEEPIDLE:
      return set_within(value, 1, kLongestKeepalive, options.keepalive_idle_s);
    case TCP_KEEPINTVL:
      return set_within(value, 1, kLongestKeepalive, options.keepalive_interval_s);
    case TCP_KEEPCNT:
      return set_within(value, 1, kMostKeepalives, options.keepalive_count);
    case TCP_USER_TIMEOUT:
      return set_within(value, 0, INT32_MAX, options.user_timeout_ms);
    case TCP_LINGER2:
      return set_fin_wait_2(value, options.fin_wait_2_s);
    case TCP_SYNCNT:
      return set_within(value, 1, kMostSyns, options.syn_count);
    case TCP_DEFER_ACCEPT:
      return set_defer_accept(value, options.defer_accept_s);
    case TCP_QUICKACK:
      return set_quick_ack(socket, value);
    case TCP_CONGESTION:
      return set_congestion(value, options.congestion_control);
    case TCP_NOTSENT_LOWAT:
      return value.read(options.not_sent_low_water);
    case TCP_WINDOW_CLAMP:
      return set_clamp(socket, value, options.window_clamp);
    case TCP_FASTOPEN:
      return set_fast_open(socket, value);
    case TCP_FASTOPEN_CONNECT:
      return set_fast_open_connect(socket, value);
    default:
      return -ENOPROTOOPT;
  }
}

}  // namespace millrace::sockets
