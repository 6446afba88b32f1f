#include "address.h"

#include <arpa/inet.h>

#include <cstring>

#include "libc.h"

namespace millrace::run {

std::optional<api::Endpoint> endpoint_of(const sockaddr* address, socklen_t length) noexcept {
  if (address == nullptr || length < sizeof(sa_family_t)) return std::nullopt;
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    return api::Endpoint{api::IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  // Linux takes an address without the scope, too.
  if (address->sa_family == AF_INET6 && length >= offsetof(sockaddr_in6, sin6_scope_id)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, std::min<std::size_t>(length, sizeof v6));
    api::Endpoint endpoint{{}, ntohs(v6.sin6_port)};
    std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, endpoint.address.bytes.size());
    return endpoint;
  }
  return std::nullopt;
}

std::optional<api::Endpoint> bound_to(int fd) noexcept {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (libc().getsockname(fd, plain, &length) != 0) return std::nullopt;
  return endpoint_of(plain, length);
}

}  // namespace millrace::run
