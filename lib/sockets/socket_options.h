// getsockopt() and setsockopt(), level by level. On the socket's worker.
#pragma once

#include "sockets/option_value.h"

namespace millrace::sockets {

class Socket;
class SocketShard;

/// 0; -ENOPROTOOPT, -EOPNOTSUPP (getsockopt of another level), -EINVAL, -EFAULT, -EDOM, -ENOENT, -ENOTCONN.
[[nodiscard]] int get_option(Socket& socket, int level, int option, const WantedValue& value);
[[nodiscard]] int set_option(SocketShard& sockets, Socket& socket, int level, int option, const GivenValue& value);

// Of one level each.
[[nodiscard]] int get_socket_option(Socket& socket, int option, const WantedValue& value);
[[nodiscard]] int set_socket_option(Socket& socket, int option, const GivenValue& value);
[[nodiscard]] int get_tcp_option(Socket& socket, int option, const WantedValue& value);
[[nodiscard]] int set_tcp_option(SocketShard& sockets, Socket& socket, int option, const GivenValue& value);
[[nodiscard]] int get_ip_option(const Socket& socket, int option, const WantedValue& value);
[[nodiscard]] int set_ip_option(Socket& socket, int option, const GivenValue& value);
[[nodiscard]] int get_ipv6_option(const Socket& socket, int option, const WantedValue& value);
[[nodiscard]] int set_ipv6_option(Socket& socket, int option, const GivenValue& value);

/// TCP_INFO, in Linux' layout.
[[nodiscard]] int get_tcp_info(const Socket& socket, const WantedValue& value);

}  // namespace millrace::sockets
