// What a runtime is told before it starts: an immutable snapshot. Programs fill it from their files; the stack checks
// what it can check without touching a port and says what is wrong in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cc/algorithm.h"
#include "flow/port_range.h"
#include "tcp/user_options.h"
#include "wire/address.h"

namespace millrace::stack {

/// One port: a NIC or what DPDK makes one of.
struct PortSettings {
  std::string name;                       ///< how the configuration calls it
  std::string device;                     ///< DPDK device: "net_tap0,iface=mr0", "0000:3b:00.0"
  std::vector<wire::IpPrefix> addresses;  ///< ours on this port, with the length of the connected prefix
  std::optional<wire::MacAddress> mac;    ///< default: the device's own
  std::uint16_t mtu = 1500;               ///< bytes of an IP packet
  std::uint16_t vlan = 0;                 ///< 0: untagged
  std::uint16_t queues = 1;               ///< queue pairs; the first workers get one each
  std::string capture;                    ///< pcap file to write, empty: none
  std::uint8_t dad_transmits = 1;  ///< solicitations before an IPv6 address is used (RFC 4862 5.1); 0: no detection
};

/// A way to networks that are not directly connected.
struct RouteSettings {
  wire::IpPrefix to;    ///< the destinations; /0: all that have no better route
  wire::IpAddress via;  ///< the gateway, on a connected network
  std::string port{};   ///< its name; needed for a link-local gateway if several ports have IPv6
};

/// What a worker does when there is nothing to do: Spin never sleeps; Adaptive spins, pauses, then sleeps.
enum class IdlePolicy : std::uint8_t { Adaptive, Spin };
/// Who turns the workers.
enum class Drive : std::uint8_t {
  Threads,  ///< a thread per worker
  Caller,   ///< the program itself, by Runtime::poll_once(); no thread of ours is started
};
/// Auto: when the system has enough of them, else ordinary memory.
enum class Hugepages : std::uint8_t { Auto, On, Off };

/// Sizes of receive and send queues in bytes of real memory (truesize), for connections whose application gave none:
/// what they start with, how far tuning goes, and what all of a worker may take together.
struct BufferSettings {
  std::uint32_t receive_initial = 128 << 10;  ///< about 64 KiB of payload: what a SYN can announce
  std::uint32_t receive_max = 6 << 20;        ///< the window scale is chosen for it
  std::uint32_t send_initial = 256 << 10;     ///< bytes
  std::uint32_t send_max = 6 << 20;           ///< bytes
  /// What receive queues of a worker hold, plus what windows have grown by; 0, and at most: half of its share of the
  /// data packets.
  std::uint64_t receive_budget = 0;
  /// What its send queues hold; 0, and at most: three eighths of its share.
  std::uint64_t send_budget = 0;
};

/// Of all connections; some a connection may set for itself.
struct TcpSettings {
  Duration msl = seconds{30};            ///< TIME-WAIT lasts 2 MSL (MUST-13); 0: there is none, see lib/tcp/time_wait.h
  Duration min_rto = milliseconds{200};  ///< the retransmission timeout is so much longer than SRTT at least
  Duration connect_timeout = seconds{180};    ///< R2 for SYNs (MUST-23)
  Duration half_open_timeout = seconds{75};   ///< of a connection that a SYN asked for and no ACK completed
  std::uint8_t syn_ack_retries = 5;           ///< the other limit of it
  Duration user_timeout = seconds{924};       ///< R2 (SHLD-11: at least 100 s)
  Duration fin_wait_2_timeout = seconds{60};  ///< for orphans only; also in front of a shut window
  Duration delayed_ack = milliseconds{40};    ///< below 500 ms (MUST-40)
  std::uint8_t hop_limit = 64;                ///< MUST-49; a connection may have its own
  std::uint8_t r1 = 3;                        ///< retransmissions until the path is doubted (SHLD-10)
  std::uint8_t syn_retries = 0;               ///< SYNs sent again; 0: as many as connect_timeout takes
  /// Of connections that name none themselves.
  cc::Algorithm congestion_control = cc::Algorithm::Cubic;
  bool pacing = false;                           ///< spread segments over the round trip, whatever the algorithm
  tcp::EcnPolicy ecn = tcp::EcnPolicy::Passive;  ///< of connections that name none themselves
  flow::PortRange port_range;                    ///< source ports of active opens (RFC 6056 3.2)
  BufferSettings buffers;                        ///< receive and send queues
};

/// Of a whole stack. Wrong or missing settings are named when the Runtime is made.
struct RuntimeSettings {
  std::uint16_t workers = 1;               ///< each on a core of its own, when there are enough
  Drive drive = Drive::Threads;            ///< who turns them
  std::vector<std::string> eal_arguments;  ///< raw EAL arguments; when not empty they replace what we would compute
  Hugepages hugepages = Hugepages::Auto;   ///< whether memory comes from them
  std::string file_prefix = "millrace";    ///< names the process for tools; one of its own for each process
  IdlePolicy idle = IdlePolicy::Adaptive;  ///< what a worker does when there is nothing to do
  std::vector<PortSettings> ports;         ///< at least one
  std::vector<RouteSettings> routes;       ///< the longest prefix wins
  std::uint32_t connections = 100'000;     ///< per process; divided between the workers
  std::uint32_t time_waits = 200'000;      ///< TIME-WAIT entries; the oldest make room
  std::uint32_t half_open = 16'384;        ///< connections whose handshake is not complete (SYN cache)
  std::uint32_t orphans = 16'384;          ///< closed by the application, not yet by the network; more are reset
  std::uint32_t closed_ring = 4096;        ///< ends of connections remembered by each worker; 0: none
  std::uint32_t packets = 0;               ///< data pool; 0: computed from connections and ring sizes
  TcpSettings tcp;                         ///< timers and the like
};

}  // namespace millrace::stack
