// What the IP floor is told at start and only reads afterwards: ports, addresses, routes. Shared by all workers. The
// one thing in it that changes is whether an address may be used.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ip/address_states.h"
#include "ip/local_addresses.h"
#include "ip/routes.h"
#include "wire/address.h"

namespace millrace::ip {

struct PortInfo {
  wire::MacAddress mac;
  std::uint16_t mtu = 1500;      ///< IP packet, without Ethernet header
  std::uint16_t vlan = 0;        ///< 802.1Q id of every frame in and out; 0: untagged
  bool tx_ip_checksum = false;   ///< the port fills in IPv4 header checksums
  bool tx_tcp_checksum = false;  ///< the port completes TCP checksums from the pseudo-header's sum
  std::uint8_t dad_transmits =
      0;  ///< solicitations before an IPv6 address is used (RFC 4862 5.1); 0: it is used at once
};

struct IpConfig {
  std::vector<PortInfo> ports;  ///< by port index
  LocalAddresses addresses;
  RouteTable routes;
  std::shared_ptr<AddressStates> states = std::make_shared<AddressStates>(addresses.all().size());
};

}  // namespace millrace::ip
