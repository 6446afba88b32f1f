// Lengths and families are checked in the order in which Linux does (inet_bind, inet6_bind, inet_stream_connect), so
// that the same mistake gets the same errno. An IPv6 socket speaks IPv4 by mapped addresses (RFC 3493 3.7), which is
// how the stack writes all of them.
#include "sockets/address.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace millrace::sockets {
namespace {

constexpr socklen_t kShortestV6 = 24;  // RFC 2133 had no scope

template <class T>
T copy_of(const sockaddr* address, socklen_t length) noexcept {
  T copy{};
  std::memcpy(&copy, address, std::min<std::size_t>(length, sizeof copy));
  return copy;
}

sa_family_t family_of(const sockaddr* address) noexcept { return address->sa_family; }

api::Endpoint read_v4(const sockaddr* address, socklen_t length) noexcept {
  const auto in = copy_of<sockaddr_in>(address, length);
  return {api::IpAddress::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
}

api::Endpoint read_v6(const sockaddr* address, socklen_t length) noexcept {
  const auto in = copy_of<sockaddr_in6>(address, length);
  api::Endpoint endpoint;
  std::memcpy(endpoint.address.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
  endpoint.port = ntohs(in.sin6_port);
  return endpoint;
}

socklen_t shortest(int domain) noexcept { return domain == AF_INET ? sizeof(sockaddr_in) : kShortestV6; }

api::Endpoint read(int domain, const sockaddr* address, socklen_t length) noexcept {
  return domain == AF_INET ? read_v4(address, length) : read_v6(address, length);
}

void copy_out(const void* from, socklen_t size, sockaddr* address, socklen_t* length) noexcept {
  std::memcpy(address, from, std::min(size, *length));
  *length = size;
}

}  // namespace

api::IpAddress any_address(int domain) noexcept { return domain == AF_INET ? api::IpAddress::v4(0) : api::IpAddress{}; }

bool is_unspecified_family(const sockaddr* address, socklen_t length) noexcept {
  return address != nullptr && length >= sizeof(sa_family_t) && family_of(address) == AF_UNSPEC;
}

int read_local(int domain, const sockaddr* address, socklen_t length, api::Endpoint& out) noexcept {
  if (address == nullptr) return -EFAULT;
  if (length < shortest(domain)) return -EINVAL;
  const api::Endpoint endpoint = read(domain, address, length);
  if (family_of(address) != domain) {
    // Programs that leave the family out are as old as BSD: taken if the address is left out too.
    const bool old = domain == AF_INET && family_of(address) == AF_UNSPEC && endpoint.address.is_unspecified();
    if (!old) return -EAFNOSUPPORT;
  }
  out = endpoint;
  return 0;
}

int read_remote(int domain, const sockaddr* address, socklen_t length, api::Endpoint& out) noexcept {
  if (address == nullptr) return -EFAULT;
  if (length < sizeof(sa_family_t)) return -EINVAL;
  if (length < shortest(domain)) return -EINVAL;
  if (family_of(address) != domain) return -EAFNOSUPPORT;
  out = read(domain, address, length);
  return 0;
}

int write_address(int domain, const api::Endpoint& endpoint, sockaddr* address, socklen_t* length) noexcept {
  if (address == nullptr || length == nullptr) return -EFAULT;
  if (static_cast<int>(*length) < 0) return -EINVAL;
  if (domain == AF_INET) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    in.sin_addr.s_addr = htonl(endpoint.address.v4_value());
    copy_out(&in, sizeof in, address, length);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    std::memcpy(&in.sin6_addr, endpoint.address.bytes.data(), sizeof in.sin6_addr);
    copy_out(&in, sizeof in, address, length);
  }
  return 0;
}

}  // namespace millrace::sockets
