// What a runtime is told before it starts: an immutable snapshot. Programs fill it from their files; the stack checks
// what it can check without touching a port and says what is wrong in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "wire/address.h"

namespace millrace::stack {

struct PortSettings {
  std::string name;                       ///< how the configuration calls it
  std::string device;                     ///< DPDK device: "net_tap0,iface=mr0", "0000:3b:00.0"
  std::vector<wire::IpPrefix> addresses;  ///< ours on this port, with the length of the connected prefix
  std::optional<wire::MacAddress> mac;    ///< default: the device's own
  std::uint16_t mtu = 1500;
  std::uint16_t vlan = 0;    ///< 0: untagged
  std::uint16_t queues = 1;  ///< queue pairs; the first workers get one each
  std::string capture;       ///< pcap file to write, empty: none
};

struct RouteSettings {
  wire::IpPrefix to;
  wire::IpAddress via;
};

enum class IdlePolicy : std::uint8_t { Adaptive, Spin };
enum class Hugepages : std::uint8_t { Auto, On, Off };

struct TcpSettings {
  Duration msl = seconds{30};  ///< TIME-WAIT lasts 2 MSL (MUST-13)
  Duration min_rto = milliseconds{200};
  Duration connect_timeout = seconds{180};    ///< R2 for SYNs (MUST-23)
  Duration user_timeout = seconds{924};       ///< R2 (SHLD-11: at least 100 s)
  Duration fin_wait_2_timeout = seconds{60};  ///< for orphans only
  Duration delayed_ack = milliseconds{40};    ///< below 500 ms (MUST-40)
  std::uint8_t hop_limit = 64;                ///< MUST-49
};

struct RuntimeSettings {
  std::uint16_t workers = 1;
  std::vector<std::string> eal_arguments;  ///< raw EAL arguments; when not empty they replace what we would compute
  Hugepages hugepages = Hugepages::Auto;
  std::string file_prefix = "millrace";
  IdlePolicy idle = IdlePolicy::Adaptive;
  std::vector<PortSettings> ports;
  std::vector<RouteSettings> routes;
  std::uint32_t connections = 100'000;  ///< per process; divided between the workers
  std::uint32_t time_waits = 200'000;
  std::uint32_t half_open = 16'384;
  std::uint32_t packets = 0;  ///< data pool; 0: computed from connections and ring sizes
  TcpSettings tcp;
};

}  // namespace millrace::stack
