// The levels, SOL_SOCKET, and who is told when an option has changed: the connection, or what a listener will accept.
#include "sockets/socket_options.h"

#include <netinet/in.h>
#include <sys/select.h>

#include <climits>
#include <utility>

#include "sockets/errors.h"
#include "sockets/listen_group.h"
#include "sockets/socket.h"
#include "sockets/stack_state.h"
#include "sockets/urgent.h"

namespace millrace::sockets {
namespace {

// Linux' bounds, save for the largest: our buffers come from a pool of our own.
constexpr int kSmallestReceiveBuffer = 2304;
constexpr int kSmallestSendBuffer = 4608;
constexpr int kLargestBuffer = 16 * 1024 * 1024;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Doubled, as Linux does: what is asked for is payload, what is bounded real memory.
int buffer_size(int asked, int smallest) noexcept {
  const int most = std::clamp(asked, 0, kLargestBuffer / 2);
  return std::max(most * 2, smallest);
}

/// What the connection, or those that come, must know.
void tell_of_options(Socket& socket) {
  if (socket.attached && !socket.gone) {
    api::ConnectionOptions options;
    tell_stack(socket.options, options);
    socket.connection.set_options(options);
  }
  if (socket.listening != nullptr) socket.listening->set_options(socket, socket.options);
  if (socket.bound) socket.stack().ports.update(socket, socket.local.port, socket.options);
}

/// A lower mark (SO_RCVLOWAT, TCP_NOTSENT_LOWAT) may make it ready.
void tell_of_readiness(Socket& socket) {
  const std::uint32_t before = socket.mask();
  socket.refresh();
  if (const std::uint32_t gained = socket.mask() & ~before; gained != 0) socket.changed(gained);
}

int read_flag(const GivenValue& value, bool& flag) noexcept {
  int on = 0;
  const int error = value.read(on);
  if (error == 0) flag = on != 0;
  return error;
}

int set_buffer(const GivenValue& value, int smallest, int& buffer) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  buffer = buffer_size(asked, smallest);
  return 0;
}

int set_timeout(const GivenValue& value, std::atomic<std::int64_t>& timeout_ns) noexcept {
  timeval time{};
  if (const int error = value.read(time); error != 0) return error;
  if (time.tv_usec < 0 || time.tv_usec >= 1'000'000) return -EDOM;
  constexpr std::int64_t kLongest = INT64_MAX / kNsPerSecond / 4;
  if (time.tv_sec < 0)
    timeout_ns = 1;  // at once
  else
    timeout_ns = std::min<std::int64_t>(time.tv_sec, kLongest) * kNsPerSecond + time.tv_usec * 1000;
  return 0;
}

int get_timeout(const WantedValue& value, std::int64_t timeout_ns) noexcept {
  timeval time{};
  time.tv_sec = timeout_ns / kNsPerSecond;
  time.tv_usec = timeout_ns % kNsPerSecond / 1000;
  return value.write(time);
}

/// Linux forgets no time when lingering is switched off.
int set_linger(const GivenValue& value, struct linger& on_close) noexcept {
  struct linger asked {};
  if (const int error = value.read(asked); error != 0) return error;
  on_close.l_onoff = asked.l_onoff != 0;
  if (asked.l_onoff != 0) on_close.l_linger = asked.l_linger;
  return 0;
}

int set_low_water(const GivenValue& value, int& low_water) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  low_water = asked < 0 ? INT_MAX : std::max(asked, 1);
  return 0;
}

/// The error, or else the trouble that has ended nothing yet; told once.
int take_any_error(Socket& socket) noexcept {
  const int error = socket.take_error();
  const int told = error != 0 ? error : std::exchange(socket.soft_error, 0);
  socket.refresh();
  return told;
}

/// What was set, else what tuning has come to.
int receive_buffer_now(const Socket& socket) {
  if (socket.options.receive_buffer != 0) return socket.options.receive_buffer;
  const std::uint32_t tuned = socket.attached ? socket.connection.details().receive_buffer : 0;
  return tuned != 0 ? static_cast<int>(tuned) : kUsualReceiveBuffer;
}

int send_buffer_now(const Socket& socket) {
  if (socket.options.send_buffer != 0) return socket.options.send_buffer;
  const std::uint32_t tuned = socket.attached ? socket.connection.details().send_buffer : 0;
  return tuned != 0 ? static_cast<int>(tuned) : kUsualSendBuffer;
}

}  // namespace

int get_socket_option(Socket& socket, int option, const WantedValue& value) {
  const Options& options = socket.options;
  switch (option) {
    case SO_REUSEADDR:
      return value.write(int{options.reuse_address});
    case SO_REUSEPORT:
      return value.write(int{options.reuse_port});
    case SO_KEEPALIVE:
      return value.write(int{options.keepalive});
    case SO_OOBINLINE:
      return value.write(int{options.oob_inline});
    case SO_LINGER:
      return value.write(options.on_close);
    case SO_RCVBUF:
      return value.write(receive_buffer_now(socket));
    case SO_SNDBUF:
      return value.write(send_buffer_now(socket));
    case SO_RCVLOWAT:
      return value.write(options.receive_low_water);
    case SO_RCVTIMEO:
      return get_timeout(value, socket.receive_timeout_ns);
    case SO_SNDTIMEO:
      return get_timeout(value, socket.send_timeout_ns);
    case SO_ERROR:
      return value.write(take_any_error(socket));
    case SO_TYPE:
      return value.write(int{SOCK_STREAM});
    case SO_DOMAIN:
      return value.write(socket.domain());
    case SO_PROTOCOL:
      return value.write(int{IPPROTO_TCP});
    case SO_ACCEPTCONN:
      return value.write(int{socket.listening != nullptr});
    default:
      return -ENOPROTOOPT;
  }
}

int set_socket_option(Socket& socket, int option, const GivenValue& value) {
  Options& options = socket.options;
  switch (option) {
    case SO_REUSEADDR:
      return read_flag(value, options.reuse_address);
    case SO_REUSEPORT:
      return read_flag(value, options.reuse_port);
    case SO_KEEPALIVE:
      return read_flag(value, options.keepalive);
    case SO_OOBINLINE:
      return read_flag(value, options.oob_inline);
    case SO_LINGER:
      return set_linger(value, options.on_close);
    case SO_RCVBUF:
      return set_buffer(value, kSmallestReceiveBuffer, options.receive_buffer);
    case SO_SNDBUF:
      return set_buffer(value, kSmallestSendBuffer, options.send_buffer);
    case SO_RCVLOWAT:
      return set_low_water(value, options.receive_low_water);
    case SO_RCVTIMEO:
      return set_timeout(value, socket.receive_timeout_ns);
    case SO_SNDTIMEO:
      return set_timeout(value, socket.send_timeout_ns);
    default:
      return -ENOPROTOOPT;
  }
}

int get_option(Socket& socket, int level, int option, const WantedValue& value) {
  if (value.length == nullptr) return -EFAULT;
  if (static_cast<int>(*value.length) < 0) return -EINVAL;
  switch (level) {
    case SOL_SOCKET:
      return get_socket_option(socket, option, value);
    case IPPROTO_TCP:
      return get_tcp_option(socket, option, value);
    case IPPROTO_IP:
      return get_ip_option(socket, option, value);
    case IPPROTO_IPV6:
      return socket.domain() == AF_INET6 ? get_ipv6_option(socket, option, value) : -EOPNOTSUPP;
    default:
      return socket.domain() == AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
  }
}

int set_option(SocketShard& sockets, Socket& socket, int level, int option, const GivenValue& value) {
  int error = -ENOPROTOOPT;
  if (level == SOL_SOCKET) error = set_socket_option(socket, option, value);
  if (level == IPPROTO_TCP) error = set_tcp_option(sockets, socket, option, value);
  if (level == IPPROTO_IP) error = set_ip_option(socket, option, value);
  if (level == IPPROTO_IPV6 && socket.domain() == AF_INET6) error = set_ipv6_option(socket, option, value);
  if (error != 0) return error;
  tell_of_options(socket);
  tell_of_readiness(socket);
  return 0;
}

}  // namespace millrace::sockets
