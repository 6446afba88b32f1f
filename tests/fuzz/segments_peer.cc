#include "segments_peer.h"

#include <cstddef>
#include <span>
#include <utility>

#include "tcp/fast_open_cookie.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"

namespace millrace::fuzz {

using wire::Ctl;
using wire::SeqNum;

void Peer::segment(Slot& slot) {
  sim::TcpFrame frame = frame_of(slot);
  const std::uint8_t plan = input_.byte();  // 0: the right numbers
  frame.tcp.ctl.bits = (plan & 1) != 0 ? input_.byte() : Ctl::kAck;
  if ((plan & 2) != 0) frame.tcp.seq = near(slot.host_ack, slot.window);
  // SACK blocks say something beside an ACK that stands still.
  if ((plan & 4) != 0) frame.tcp.ack = near((plan & 64) != 0 ? slot.host_una : slot.host_nxt, 5000);
  if ((plan & 8) != 0) frame.tcp.window = static_cast<std::uint16_t>(input_.byte() * 13u);
  if ((plan & 16) != 0) frame.text.assign(input_.byte() * ((plan & 32) != 0 ? 6u : 1u), std::byte{0x55});
  if ((plan & 64) != 0) change_options(slot, frame.tcp.options);
  if ((plan & 128) != 0) change_ecn(frame);
  if ((plan & 128) != 0) put_cookie(frame.tcp.options);
  if (frame.tcp.ctl.urg()) frame.tcp.urgent_pointer = static_cast<std::uint16_t>(input_.byte() * 257u);
  if (frame.tcp.ctl.ack()) slot.host_una = frame.tcp.ack;
  host_.port().deliver(sim::build_tcp_frame(frame));
}

void Peer::icmp_error(const Slot& slot) {
  sim::TcpFrame about = frame_of(slot);
  std::swap(about.source, about.destination);
  std::swap(about.tcp.source_port, about.tcp.destination_port);
  about.tcp.seq = near(slot.host_nxt, 0u - 1460u);
  const std::uint8_t code = input_.byte() % 6;
  host_.port().deliver(sim::build_icmp_error(about, wire::icmp_type::kDestinationUnreachable, code,
                                             static_cast<std::uint16_t>(input_.byte() * 8u)));
}

void Peer::say(Slot& slot, std::uint8_t ctl, bool offer) {
  sim::TcpFrame frame = frame_of(slot);
  frame.tcp.ctl.bits = ctl;
  frame.tcp.options.sack_permitted = frame.tcp.options.has_window_scale = offer;
  frame.tcp.options.window_scale = offer ? 2 : 0;
  if ((ctl & Ctl::kSyn) != 0) frame.tcp.options.mss = 1460;
  if ((ctl & Ctl::kAck) != 0) slot.host_una = slot.host_nxt;
  host_.port().deliver(sim::build_tcp_frame(frame));
}

void Peer::hear(const io::Frame& frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  require(ethernet.has_value() && frame.size() <= mtu_ + wire::kEthernetHeader);
  if (ethernet->type == wire::kEtherTypeArp) return answer_arp();
  const auto parsed = sim::parse_tcp_frame(frame);
  require(parsed.has_value() && !parsed->tcp.options.malformed);
  require(sim::build_tcp_frame(*parsed).size() == frame.size());
  for (Slot& slot : slots) {
    if (slot.peer_port != parsed->tcp.destination_port || slot.host_port != parsed->tcp.source_port) continue;
    if (parsed->tcp.ctl.rst()) continue;
    slot.host_nxt = parsed->tcp.seq + parsed->seg_len();
    if (parsed->tcp.ctl.ack()) slot.host_ack = parsed->tcp.ack;
    slot.window = parsed->tcp.window;
    if (parsed->tcp.options.has_timestamps) slot.ts_val = parsed->tcp.options.ts_val;
  }
}

sim::TcpFrame Peer::frame_of(const Slot& slot) {
  sim::TcpFrame frame;
  frame.source = wire::IpAddress::v4(kPeerAddress);
  frame.destination = wire::IpAddress::v4(kHostAddress);
  frame.tcp.source_port = slot.peer_port;
  frame.tcp.destination_port = slot.host_port;
  frame.tcp.seq = slot.host_ack;
  frame.tcp.ack = slot.host_nxt;
  frame.tcp.window = 20'000;
  frame.tcp.options.has_timestamps = slot.timestamps;
  frame.tcp.options.ts_val = static_cast<std::uint32_t>(to_ms(clock_.now().time_since_epoch()));
  frame.tcp.options.ts_ecr = slot.ts_val;
  return frame;
}

SeqNum Peer::near(SeqNum base, std::uint32_t window) {
  const std::uint8_t how = input_.byte();
  const std::array<std::uint32_t, 12> offsets = {0,          1,   ~0u,       window,      window - 1,  window + 1,
                                                 window / 2, 100, 0u - 100u, 0x7fff'ffff, 0x8000'0000, 1460};
  if (how < 0xf0) return base + offsets[how % offsets.size()] + (how / offsets.size() % 4) * 10;
  return SeqNum{input_.word()};
}

void Peer::change_ecn(sim::TcpFrame& frame) {
  const std::uint8_t what = input_.byte();
  frame.tcp.ctl.set_ace(what & 7);
  frame.ecn = what >> 3 & 3;
  if ((what & 32) == 0) return;
  const auto fields = static_cast<std::uint8_t>(what >> 6);
  frame.tcp.options.accecn = {fields, (what & 16) != 0, input_.word(), input_.word(), input_.word()};
}

void Peer::change_options(const Slot& slot, wire::TcpOptions& options) {
  const std::uint8_t what = input_.byte();
  if ((what & 1) != 0) options.has_timestamps = !options.has_timestamps;
  if ((what & 2) != 0) options.ts_val += input_.word();
  if ((what & 4) != 0) options.ts_ecr += input_.word();
  if ((what & 8) != 0) options.mss = static_cast<std::uint16_t>(input_.byte() * 7u);
  if ((what & 16) != 0) options.has_window_scale = true, options.window_scale = input_.byte() % 15;
  if ((what & 32) != 0) options.sack_permitted = true;
  options.sack_count = what >> 6;
  for (std::size_t i = 0; i < options.sack_count; ++i) options.sack[i] = block(slot);
}

wire::SackBlock Peer::block(const Slot& slot) {
  const SeqNum right = near(slot.host_nxt - input_.byte() * 31u, 1460);
  const SeqNum left = near(right - input_.byte() * 31u, 1460);
  return {left, right};
}

void Peer::put_cookie(wire::TcpOptions& options) {
  const std::uint8_t what = input_.byte();
  options.has_fast_open = true;
  if (what == 0xff) return;
  options.fast_open = tcp::make_fast_open_cookie(wire::IpAddress::v4(kPeerAddress).bytes, clock_.now(),
                                                 host_.shard().env().config.cookie_secret);
  options.fast_open.bytes[what % 8] ^= what / 8;
}

void Peer::answer_arp() {
  io::Frame frame(wire::kEthernetHeader + wire::kArpSize);
  const wire::MacAddress host = sim::mac_of(wire::IpAddress::v4(kHostAddress)),
                         peer = sim::mac_of(wire::IpAddress::v4(kPeerAddress));
  wire::build_ethernet({host, peer, wire::kEtherTypeArp, 0, 0}, frame);
  wire::build_arp(
      {wire::ArpOperation::Reply, peer, wire::IpAddress::v4(kPeerAddress), host, wire::IpAddress::v4(kHostAddress)},
      std::span{frame}.subspan(wire::kEthernetHeader));
  host_.port().deliver(std::move(frame));
}

}  // namespace millrace::fuzz
