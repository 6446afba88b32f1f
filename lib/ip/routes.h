// Which way out: connected networks, static routes, default route; the longest prefix wins.
//
// Filled at start, read by every worker afterwards; both IP versions in one table. The table is a list sorted by prefix
// length, meant for the handful of routes that a host has. Every port with IPv6 has the network fe80::/64: a link-local
// gateway is unique only together with its port.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ip/local_addresses.h"
#include "wire/address.h"

namespace millrace::ip {

struct Route {
  Route(std::uint16_t by_port, const wire::IpAddress& next, std::uint16_t from_index) noexcept
      : port(by_port), next_hop(next), local_index(from_index) {}

  std::uint16_t port;
  wire::IpAddress next_hop;   ///< the gateway, or the remote itself when it is on the link
  std::uint16_t local_index;  ///< the preferred source address for connections opened this way
};

class RouteTable {
 public:
  /// The connected networks of our addresses.
  explicit RouteTable(const LocalAddresses& addresses);

  /// A static route, or the default route (length 0). False when no connected network (of `port`, when given) holds the
  /// gateway, it is one of our own addresses, or the port has no address to send from.
  [[nodiscard]] bool add(const wire::IpPrefix& destination, const wire::IpAddress& gateway,
                         std::optional<std::uint16_t> port = std::nullopt);

  [[nodiscard]] std::optional<Route> lookup(const wire::IpAddress& remote) const noexcept;

 private:
  struct Entry {
    wire::IpPrefix destination;
    std::optional<wire::IpAddress> gateway;  ///< absent: connected
    std::uint16_t port = 0;
    std::uint16_t local_index = 0;
  };
  void insert(const Entry& entry);
  [[nodiscard]] const Entry* link_of(const wire::IpAddress& gateway, std::optional<std::uint16_t> port) const noexcept;
  [[nodiscard]] std::optional<std::uint16_t> source_towards(const wire::IpPrefix& destination,
                                                            const Entry& link) const noexcept;
  [[nodiscard]] const Entry* find(const wire::IpAddress& remote) const noexcept;

  std::vector<wire::IpAddress> own_;  ///< by local index
  std::vector<Entry> entries_;        ///< longest prefix first; of equal ones the first entered
};

}  // namespace millrace::ip
