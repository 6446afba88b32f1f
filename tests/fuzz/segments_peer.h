// The peer of fuzz_segments: what it knows of each connection, and the segments that it makes of the input's bytes.
#pragma once

#include <array>
#include <cstdint>

#include "fuzz_input.h"
#include "sim/host.h"
#include "sim/tcp_frame.h"

namespace millrace::fuzz {

inline constexpr std::uint32_t kHostAddress = 0x0a000001, kPeerAddress = 0x0a000002;

/// What the peer knows of one 4-tuple, from the host's frames.
struct Slot {
  std::uint16_t host_port = 80, peer_port = 0;
  wire::SeqNum host_nxt;        ///< behind the last that the host sent
  wire::SeqNum host_una;        ///< what the peer has acknowledged of it
  wire::SeqNum host_ack;        ///< what the host expects next
  std::uint32_t window = 8192;  ///< the host's field, as on the wire
  std::uint32_t ts_val = 0;     ///< the host's last
  bool timestamps = false;
};

class Peer {
 public:
  /// `mtu` is the host's.
  Peer(Input& input, sim::Host& host, const stack::ManualClock& clock, std::uint16_t mtu)
      : input_(input), host_(host), clock_(clock), mtu_(mtu) {}

  /// A segment that is right but for what the next bytes change.
  void segment(Slot& slot);
  /// About something that the host has sent, or nearly.
  void icmp_error(const Slot& slot);
  /// A segment of a handshake.
  void say(Slot& slot, std::uint8_t ctl, bool offer = false);
  /// A frame from the host.
  void hear(const io::Frame& frame);

  std::array<Slot, 6> slots;

 private:
  sim::TcpFrame frame_of(const Slot& slot);
  /// A value at or near an edge, or anything.
  wire::SeqNum near(wire::SeqNum base, std::uint32_t window);
  /// Flags, the codepoint of the IP header, and an option of any length and order.
  void change_ecn(sim::TcpFrame& frame);
  void change_options(const Slot& slot, wire::TcpOptions& options);
  /// Of what the host has sent, or nearly.
  wire::SackBlock block(const Slot& slot);
  /// Fast Open: a good cookie, one that is not, or a request.
  void put_cookie(wire::TcpOptions& options);
  void answer_arp();

  Input& input_;
  sim::Host& host_;
  const stack::ManualClock& clock_;
  std::uint16_t mtu_;
};

}  // namespace millrace::fuzz
