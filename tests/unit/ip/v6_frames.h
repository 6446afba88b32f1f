// IPv6 frames made by hand, for the address plan of ip_fixture.h.
#pragma once

#include "unit/ip/ip_fixture.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"

namespace millrace::ip::test {

struct V6Frame {
  wire::MacAddress to = kPort0Mac;
  wire::MacAddress from = mac(9);
  std::uint16_t vlan = 0;
  const char* source = "2001:db8::9";
  const char* destination = "2001:db8::1";
  std::uint8_t next_header = 0;  ///< of what comes first; 0: the payload's own protocol
  Bytes extensions{};
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
};

inline Bytes v6_frame(const V6Frame& f, std::uint8_t protocol, const Bytes& payload) {
  Bytes frame(wire::ethernet_header_size(f.vlan));
  wire::build_ethernet({f.to, f.from, wire::kEtherTypeIpv6, f.vlan, 0}, frame);
  Bytes header(wire::kIpv6Header);
  wire::Ipv6Header h;
  h.dscp = f.traffic_class >> 2;
  h.ecn = f.traffic_class & 3;
  h.payload_length = static_cast<std::uint16_t>(f.extensions.size() + payload.size());
  h.next_header = f.extensions.empty() ? protocol : f.next_header;
  h.hop_limit = f.hop_limit;
  h.source = ip(f.source);
  h.destination = ip(f.destination);
  wire::build_ipv6(h, header);
  return frame + header + f.extensions + payload;
}

inline Bytes v6_tcp(const V6Frame& f = {}, const Bytes& text = {}, wire::TcpHeader header = default_header()) {
  Bytes segment(wire::tcp_header_size(header));
  wire::build_tcp(header, segment);
  segment = segment + text;
  wire::store_be16(&segment[16], wire::tcp_checksum(ip(f.source), ip(f.destination), segment));
  return v6_frame(f, wire::kProtocolTcp, segment);
}

inline Bytes v6_icmp(const V6Frame& f, Bytes message) {
  wire::store_be16(&message[2], 0);
  wire::store_be16(&message[2], wire::icmpv6_checksum(ip(f.source), ip(f.destination), message));
  return v6_frame(f, wire::kProtocolIcmpV6, message);
}

template <class Message>
Bytes ndp_bytes(const Message& message) {
  Bytes bytes(wire::kMaxNdpSize);
  bytes.resize(wire::build_ndp(message, bytes));
  return bytes;
}

}  // namespace millrace::ip::test
