// Questions to a host's control plane, as another host asks them: echo requests, and who has an address.
#pragma once

#include <cstddef>

#include "io/mem_port.h"
#include "wire/address.h"

namespace millrace::sim {

/// An ICMP or ICMPv6 echo request with `bytes` bytes behind its header. Hosts have the MAC addresses of family.h.
[[nodiscard]] io::Frame build_echo_request(const wire::IpAddress& from, const wire::IpAddress& to, std::size_t bytes);

/// `from` asks for the MAC address of `address`: an ARP request, or a neighbor solicitation.
[[nodiscard]] io::Frame build_who_has(const wire::IpAddress& from, const wire::IpAddress& address);

}  // namespace millrace::sim
