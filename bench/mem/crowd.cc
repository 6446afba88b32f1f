#include "crowd.h"

#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t kFirstClient = 0x64400000;  // 100.64.0.0
constexpr std::uint32_t kClientAddresses = 1u << 22;
constexpr std::uint32_t kPorts = 50'000;
constexpr std::uint16_t kFirstPort = 1024;
constexpr std::uint32_t kIss = 1'000'000;  // of everybody here
constexpr std::uint32_t kTsVal = 1;        // the clock of everybody here stands still

wire::TcpOptions syn_options() {
  wire::TcpOptions options;
  options.mss = 1460;
  options.has_window_scale = options.sack_permitted = true;
  options.window_scale = 7;
  return options;
}

}  // namespace

Crowd::Crowd(std::uint32_t clients, const wire::IpAddress& server, std::uint16_t server_port)
    : server_{server, server_port}, peer_iss_(clients, 0) {}

Crowd::Place Crowd::place_of(std::uint32_t client) {
  return {wire::IpAddress::v4(kFirstClient + client / kPorts),
          static_cast<std::uint16_t>(kFirstPort + client % kPorts)};
}

std::optional<std::uint32_t> Crowd::client_at(const Place& place) const {
  const std::uint32_t host = place.address.v4_value() - kFirstClient;
  if (host >= kClientAddresses) return std::nullopt;
  const std::uint32_t client = host * kPorts + place.port - kFirstPort;
  return client < peer_iss_.size() ? std::optional{client} : std::nullopt;
}

void Crowd::open(std::uint32_t client) {
  wire::TcpHeader syn;
  syn.seq = wire::SeqNum{kIss};
  syn.ctl.bits = wire::Ctl::kSyn;
  syn.options = syn_options();
  syn.options.has_timestamps = true;
  syn.options.ts_val = kTsVal;
  send(place_of(client), server_, syn, 0);
}

void Crowd::ask(std::uint32_t client) {
  wire::TcpHeader question;
  question.seq = wire::SeqNum{kIss + 1};
  question.ack = wire::SeqNum{peer_iss_[client] + 1};
  question.ctl.bits = wire::Ctl::kAck | wire::Ctl::kPsh;
  question.options.has_timestamps = true;
  question.options.ts_val = kTsVal;
  send(place_of(client), server_, question, 1);
}

void Crowd::hear(std::span<const std::byte> frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return;
  const auto packet = frame.subspan(ethernet->header_length);
  if (ethernet->type == wire::kEtherTypeArp) return hear_arp(packet);
  const auto ip = wire::parse_ipv4(packet);
  if (!ip || ip->protocol != wire::kProtocolTcp) return;
  const auto segment = packet.subspan(ip->header_length, ip->total_length - ip->header_length);
  const auto tcp = wire::parse_tcp(segment);
  if (tcp) hear_tcp({ip->source, tcp->source_port}, {ip->destination, tcp->destination_port}, segment);
}

void Crowd::hear_arp(std::span<const std::byte> packet) {
  const auto arp = wire::parse_arp(packet);
  if (!arp || arp->operation != wire::ArpOperation::Request || arp->target_ip == arp->sender_ip) return;
  Frame& frame = waiting_.emplace_back();
  frame.size = wire::kEthernetHeader + wire::kArpSize;
  wire::build_ethernet({kStackMac, kRouterMac, wire::kEtherTypeArp, 0, 0}, frame.bytes);
  wire::build_arp({wire::ArpOperation::Reply, kRouterMac, arp->target_ip, arp->sender_mac, arp->sender_ip},
                  std::span{frame.bytes}.subspan(wire::kEthernetHeader));
}

/// SYN: SYN,ACK. SYN,ACK, text, FIN: an ACK of all of it, with our FIN if there is one. Nothing else wants an answer.
void Crowd::hear_tcp(const Place& from, const Place& to, std::span<const std::byte> segment) {
  const wire::TcpHeader seg = *wire::parse_tcp(segment);
  const std::size_t text = segment.size() - seg.header_length;
  bytes_ += static_cast<std::uint32_t>(text);
  if (seg.ctl.rst()) {
    ++resets_;
    return;
  }
  const std::uint32_t length = static_cast<std::uint32_t>(text) + (seg.ctl.syn() ? 1 : 0) + (seg.ctl.fin() ? 1 : 0);
  if (length == 0) return;

  wire::TcpHeader answer;
  answer.ctl.bits = wire::Ctl::kAck;
  answer.ack = seg.seq + length;
  if (seg.ctl.syn() && !seg.ctl.ack()) {
    answer.seq = wire::SeqNum{kIss};
    answer.ctl.bits |= wire::Ctl::kSyn;
    answer.options = syn_options();
  } else {
    answer.seq = seg.ack;
    if (seg.ctl.fin()) answer.ctl.bits |= wire::Ctl::kFin;
  }
  if (seg.ctl.syn() && seg.ctl.ack()) {
    if (const auto client = client_at(to)) peer_iss_[*client] = seg.seq.raw();
    ++opened_;
  }
  answer.options.has_timestamps = seg.options.has_timestamps;
  answer.options.ts_val = kTsVal;
  answer.options.ts_ecr = seg.options.ts_val;
  send(to, from, answer, 0);
}

void Crowd::send(const Place& from, const Place& to, wire::TcpHeader header, std::size_t text) {
  header.source_port = from.port;
  header.destination_port = to.port;
  header.window = 0xffff;
  const std::size_t tcp_size = wire::tcp_header_size(header) + text;
  Frame& frame = waiting_.emplace_back();
  frame.bytes = {};
  frame.size = wire::kEthernetHeader + wire::kIpv4MinHeader + tcp_size;
  const auto packet = std::span{frame.bytes}.subspan(wire::kEthernetHeader, wire::kIpv4MinHeader + tcp_size);
  const auto segment = packet.subspan(wire::kIpv4MinHeader);
  wire::build_ethernet({kStackMac, kRouterMac, wire::kEtherTypeIpv4, 0, 0}, frame.bytes);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(packet.size());
  ip.dont_fragment = true;
  ip.ttl = 64;
  ip.protocol = wire::kProtocolTcp;
  ip.source = from.address;
  ip.destination = to.address;
  wire::build_ipv4(ip, packet, true);
  wire::build_tcp(header, segment);
  wire::store_be16(&segment[16], 0);
  wire::store_be16(&segment[16], wire::tcp_checksum(from.address, to.address, segment));
}

std::span<const std::byte> Crowd::front() const {
  if (waiting_.empty()) return {};
  return {waiting_.front().bytes.data(), waiting_.front().size};
}

}  // namespace millrace::bench
