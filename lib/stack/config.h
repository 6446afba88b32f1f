// What a runtime is told before it starts: an immutable snapshot. Programs fill it from their files; the stack checks
// what it can check without touching a port and says what is wrong in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "flow/port_range.h"
#include "wire/address.h"

namespace millrace::stack {

struct PortSettings {
  std::string name;                       ///< how the configuration calls it
  std::string device;                     ///< DPDK device: "net_tap0,iface=mr0", "0000:3b:00.0"
  std::vector<wire::IpPrefix> addresses;  ///< ours on this port, with the length of the connected prefix
  std::optional<wire::MacAddress> mac;    ///< default: the device's own
  std::uint16_t mtu = 1500;
  std::uint16_t vlan = 0;          ///< 0: untagged
  std::uint16_t queues = 1;        ///< queue pairs; the first workers get one each
  std::string capture;             ///< pcap file to write, empty: none
  std::uint8_t dad_transmits = 1;  ///< solicitations before an IPv6 address is used (RFC 4862 5.1); 0: no detection
};

struct RouteSettings {
  wire::IpPrefix to;
  wire::IpAddress via;
  std::string port{};  ///< its name; needed for a link-local gateway if several ports have IPv6
};

enum class IdlePolicy : std::uint8_t { Adaptive, Spin };
/// Who turns the workers.
enum class Drive : std::uint8_t {
  Threads,  ///< a thread per worker
  Caller,   ///< the program itself, by Runtime::poll_once(); no thread of ours is started
};
enum class Hugepages : std::uint8_t { Auto, On, Off };

struct TcpSettings {
  Duration msl = seconds{30};  ///< TIME-WAIT lasts 2 MSL (MUST-13); 0: there is none, see lib/tcp/time_wait.h
  Duration min_rto = milliseconds{200};
  Duration connect_timeout = seconds{180};    ///< R2 for SYNs (MUST-23)
  Duration half_open_timeout = seconds{75};   ///< of a connection that a SYN asked for and no ACK completed
  std::uint8_t syn_ack_retries = 5;           ///< the other limit of it
  Duration user_timeout = seconds{924};       ///< R2 (SHLD-11: at least 100 s)
  Duration fin_wait_2_timeout = seconds{60};  ///< for orphans only; also in front of a shut window
  Duration delayed_ack = milliseconds{40};    ///< below 500 ms (MUST-40)
  std::uint8_t hop_limit = 64;                ///< MUST-49; a connection may have its own
  std::uint8_t r1 = 3;                        ///< retransmissions until the path is doubted (SHLD-10)
  std::uint8_t syn_retries = 0;               ///< SYNs sent again; 0: as many as connect_timeout takes
  flow::PortRange port_range;                 ///< source ports of active opens (RFC 6056 3.2)
};

struct RuntimeSettings {
  std::uint16_t workers = 1;
  Drive drive = Drive::Threads;
  std::vector<std::string> eal_arguments;  ///< raw EAL arguments; when not empty they replace what we would compute
  Hugepages hugepages = Hugepages::Auto;
  std::string file_prefix = "millrace";
  IdlePolicy idle = IdlePolicy::Adaptive;
  std::vector<PortSettings> ports;
  std::vector<RouteSettings> routes;
  std::uint32_t connections = 100'000;  ///< per process; divided between the workers
  std::uint32_t time_waits = 200'000;
  std::uint32_t half_open = 16'384;
  std::uint32_t orphans = 16'384;    ///< closed by the application, not yet by the network; more are reset
  std::uint32_t closed_ring = 4096;  ///< ends of connections remembered by each worker; 0: none
  std::uint32_t packets = 0;         ///< data pool; 0: computed from connections and ring sizes
  TcpSettings tcp;
};

}  // namespace millrace::stack
