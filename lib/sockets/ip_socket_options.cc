// Levels IPPROTO_IP and IPPROTO_IPV6. Type of service and traffic class are one field here, as are TTL and hop limit: a
// connection has one IP version.
#include <netinet/in.h>

#include "sockets/socket.h"
#include "sockets/socket_options.h"

namespace millrace::sockets {
namespace {

constexpr int kEcnBits = 3;  // TCP's own (RFC 3168)

int hop_limit(const Options& options) noexcept { return options.hop_limit != 0 ? options.hop_limit : kUsualHopLimit; }

int set_class(int asked, int& out) noexcept {
  out = asked & 0xff & ~kEcnBits;
  return 0;
}

int set_type_of_service(const GivenValue& value, int& out) noexcept {
  int asked = 0;  // also what no byte at all says
  const int error = value.length == 0 ? 0 : value.read_int_or_byte(asked);
  return error != 0 ? error : set_class(asked, out);
}

int set_ttl(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read_int_or_byte(asked); error != 0) return error;
  if (asked != -1 && (asked < 1 || asked > 255)) return -EINVAL;
  out = asked == -1 ? 0 : asked;
  return 0;
}

int set_traffic_class(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  if (asked < -1 || asked > 255) return -EINVAL;
  return set_class(asked == -1 ? 0 : asked, out);
}

int set_hops(const GivenValue& value, int& out) noexcept {
  int asked = 0;
  if (const int error = value.read(asked); error != 0) return error;
  // 0 would leave no host; the stack has it for "the usual".
  if (asked < -1 || asked > 255 || asked == 0) return -EINVAL;
  out = asked == -1 ? 0 : asked;
  return 0;
}

int set_v6only(Socket& socket, const GivenValue& value) noexcept {
  int on = 0;
  if (const int error = value.read(on); error != 0) return error;
  if (socket.bound || socket.attached) return -EINVAL;
  socket.options.v6only = on != 0;
  return 0;
}

int get_mtu(const Socket& socket, const WantedValue& value) noexcept {
  if (!socket.is_open()) return -ENOTCONN;
  return value.write_int_or_byte(static_cast<int>(socket.connection.details().path_mtu));
}

}  // namespace

int get_ip_option(const Socket& socket, int option, const WantedValue& value) {
  switch (option) {
    case IP_TOS:
      return value.write_int_or_byte(socket.options.type_of_service);
    case IP_TTL:
      return value.write_int_or_byte(hop_limit(socket.options));
    case IP_MTU:
      return get_mtu(socket, value);
    default:
      return -ENOPROTOOPT;
  }
}

int set_ip_option(Socket& socket, int option, const GivenValue& value) {
  switch (option) {
    case IP_TOS:
      return set_type_of_service(value, socket.options.type_of_service);
    case IP_TTL:
      return set_ttl(value, socket.options.hop_limit);
    default:
      return -ENOPROTOOPT;
  }
}

int get_ipv6_option(const Socket& socket, int option, const WantedValue& value) {
  switch (option) {
    case IPV6_V6ONLY:
      return value.write(int{socket.options.v6only});
    case IPV6_TCLASS:
      return value.write(socket.options.type_of_service);
    case IPV6_UNICAST_HOPS:
      return value.write(hop_limit(socket.options));
    default:
      return -ENOPROTOOPT;
  }
}

int set_ipv6_option(Socket& socket, int option, const GivenValue& value) {
  switch (option) {
    case IPV6_V6ONLY:
      return set_v6only(socket, value);
    case IPV6_TCLASS:
      return set_traffic_class(value, socket.options.type_of_service);
    case IPV6_UNICAST_HOPS:
      return set_hops(value, socket.options.hop_limit);
    default:
      return -ENOPROTOOPT;
  }
}

}  // namespace millrace::sockets
