// What the IP floor is told at start and only reads afterwards: ports, addresses, routes. Shared by all workers.
#pragma once

#include <cstdint>
#include <vector>

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
};

struct IpConfig {
  std::vector<PortInfo> ports;  ///< by port index
  LocalAddresses addresses;
  RouteTable routes;
};

}  // namespace millrace::ip
