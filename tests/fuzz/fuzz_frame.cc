// Any bytes as received frames: through Steer, Ingress, both resolvers, NeighborTable and Egress.
//
// The input is a list of frames, each with a head of six bytes: where it is cut into a chain, how the port judged its
// checksums, which port, whether damaged checksums are made right first (so that the fuzzer gets past them), the time
// since the last, its length. Every frame lies in heap blocks of its own, so AddressSanitizer sees one byte too many.
// Afterwards the counters must sum and every packet be back in its pool.
#include <rte_eal.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "ip/arp.h"
#include "ip/ingress.h"
#include "ip/ndp.h"
#include "ip/steer.h"
#include "support/heap_packet.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace {

using namespace millrace;
using Bytes = std::vector<std::byte>;

void require(bool condition) {
  if (!condition) std::abort();
}

wire::IpAddress address(const char* text) { return wire::IpAddress::parse(text).value(); }

ip::IpConfig make_config() {
  ip::LocalAddresses addresses{{{address("10.0.0.1"), 24, 0},
                                {address("10.0.1.1"), 24, 1},
                                {address("2001:db8::1"), 64, 0},
                                {address("2001:db8:1::1"), 64, 1},
                                {address("fe80::1"), 64, 0}}};
  ip::RouteTable routes{addresses};
  require(routes.add({address("0.0.0.0"), 0}, address("10.0.0.254")));
  require(routes.add({address("::"), 0}, address("fe80::fe"), 0));
  const wire::MacAddress mac0{{2, 0, 0, 0, 0, 1}};
  const wire::MacAddress mac1{{2, 0, 0, 0, 0, 2}};
  return {{{mac0, 1500, 0, false, false}, {mac1, 1400, 7, true, true, 2}}, std::move(addresses), std::move(routes)};
}

/// Everything between the wire and TCP, for one worker that is its own authority.
struct Floor {
  ip::IpConfig config = make_config();
  ip::IpCounters count;
  ip::TxList tx{16};
  ip::NeighborTable neighbors{{.entries = 4, .waiting_per_entry = 2, .waiting = 6, .requests = 4}, {1, 2}, tx, count};
  ip::Egress egress{config, neighbors, count};
  ip::Ingress ingress{config, egress, count};
  ip::ArpResolver arp;
  ip::NdpResolver ndp;

  explicit Floor(pkt::PacketPool& pool)
      : arp{config, {.entries = 4, .updates = 8}, {3, 4}, pool, tx, count}, ndp{config, {.entries = 4, .updates = 8},
                                                                                {3, 4}, pool,
                                                                                tx,     count} {
    ndp.start({});  // port 1's address is tentative for two seconds
    drain();
  }

  void receive(pkt::Packet* packet, Time now) {
    require(ip::owner_of_frame(packet->bytes(), flow::OwnerMap{3}, 2) < 3);
    ingress.receive(std::span{&packet, 1}, now);
    for (auto& seg : ingress.segments()) take_segment(seg, now);
    for (const auto& error : ingress.icmp_errors()) require(error.key.local_index < 5 && error.key.zero == 0);
    for (const auto& arrival : ingress.arp_arrivals()) arp.receive(arrival.port, arrival.packet, now);
    for (const auto& arrival : ingress.ndp_arrivals()) ndp.receive(arrival, now);
    exchange_news(now);
    drain();
  }

  /// Sends the text back as a segment, now and then, so that transmit paths and waiting queues run.
  void take_segment(tcp::Segment& seg, Time now) {
    require(seg.packet != nullptr && seg.packet->total_length() == seg.len && seg.key.local_index < 5);
    const bool answer = seg.packet->contiguous() && seg.packet->exclusive() && seg.packet->headroom() >= 20;
    if (!answer) return seg.packet->free();
    seg.packet->prepend(20);
    egress.send(seg.packet, wire::IpAddress{seg.key.remote_address}, seg.key.local_index, seg.dscp, seg.ecn, 64, now);
  }

  void exchange_news(Time now) {
    for (const auto& request : neighbors.requests())
      request.ip.is_v4() ? arp.request(request, now) : ndp.request(request, now);
    neighbors.clear_requests();
    for (const auto& update : arp.updates()) neighbors.apply(update, now);
    for (const auto& update : ndp.updates()) neighbors.apply(update, now);
    arp.clear_updates();
    ndp.clear_updates();
    neighbors.tick(now);
    arp.tick(now);
    ndp.tick(now);
  }

  void drain() {
    for (pkt::Packet* packet : tx.pending()) packet->free();
    tx.consume(tx.pending().size());
  }

  void require_sums() const {
    require(count.received.get() == count.tcp_segments.get() + count.icmp_errors.get() + count.arp_packets.get() +
                                        count.ndp_messages.get() + count.echoes_answered.get() +
                                        count.dropped_on_receive());
    require(count.offered.get() == count.listed.get() + count.parked.get() + count.dropped_on_transmit());
    require(count.parked.get() == neighbors.waiting());
  }
};

pkt::PacketPool& pool() {
  static pkt::PacketPool pool{{.name = "fuzz-frame", .packets = 127, .cache = 0}};
  return pool;
}

void repair_ipv6_checksum(std::span<std::byte> packet) {
  const auto header = wire::parse_ipv6(packet);
  if (!header || wire::kIpv6Header + header->payload_length > packet.size()) return;
  auto payload = packet.subspan(wire::kIpv6Header, header->payload_length);
  const auto upper = wire::find_upper_layer(header->next_header, payload);
  if (!upper) return;
  payload = payload.subspan(upper->offset);
  if (upper->protocol == wire::kProtocolTcp && payload.size() >= wire::kTcpMinHeader) {
    wire::store_be16(&payload[16], 0);
    wire::store_be16(&payload[16], wire::tcp_checksum(header->source, header->destination, payload));
  }
  if (upper->protocol == wire::kProtocolIcmpV6 && payload.size() >= wire::kIcmpv6Header) {
    wire::store_be16(&payload[2], 0);
    wire::store_be16(&payload[2], wire::icmpv6_checksum(header->source, header->destination, payload));
  }
}

/// Makes IP and ICMP/TCP checksums right where the headers can be parsed.
void repair_checksums(std::span<std::byte> frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return;
  const auto packet = frame.subspan(ethernet->header_length);
  if (ethernet->type == wire::kEtherTypeIpv6) return repair_ipv6_checksum(packet);
  if (ethernet->type != wire::kEtherTypeIpv4) return;
  const auto header = wire::parse_ipv4(packet);
  if (!header) return;
  wire::store_be16(&packet[10], 0);
  wire::store_be16(&packet[10], wire::checksum(packet.first(header->header_length)));
  if (header->total_length > packet.size()) return;
  const auto payload = packet.subspan(header->header_length, header->total_length - header->header_length);
  if (header->protocol == wire::kProtocolTcp && payload.size() >= wire::kTcpMinHeader) {
    wire::store_be16(&payload[16], 0);
    wire::store_be16(&payload[16], wire::tcp_checksum(header->source, header->destination, payload));
  }
  if (header->protocol == wire::kProtocolIcmp && payload.size() >= wire::kIcmpHeader) {
    wire::store_be16(&payload[2], 0);
    wire::store_be16(&payload[2], wire::checksum(payload));
  }
}

std::uint64_t rx_flags(std::uint8_t judged) {
  constexpr std::uint64_t kIp[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
                                   RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_IP_CKSUM_NONE};
  constexpr std::uint64_t kL4[] = {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
                                   RTE_MBUF_F_RX_L4_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_NONE};
  return kIp[judged % 4] | kL4[judged / 4 % 4];
}

/// The frame, cut in two behind `cut` bytes unless that leaves nothing.
pkt::Packet* make_packet(std::span<const std::byte> frame, std::size_t cut) {
  if (cut == 0 || cut >= frame.size()) return test::make_heap_packet(pool(), frame);
  pkt::Packet* head = test::make_heap_packet(pool(), frame.first(cut));
  pkt::chain(*head, *test::make_heap_packet(pool(), frame.subspan(cut)));
  return head;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* arguments[] = {
      "fuzz-frame", "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry", "--log-level=lib.eal:error",
      "-m",         "64",        "-l",          "0"};
  std::vector<char*> argv;
  for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
  base::set_log_sink([](base::LogLevel, std::string_view) {});  // conflicts are wanted here, not worth a line each
  require(rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 6;  // cut, judged, port and repair, milliseconds since the last, length
  {
    Floor floor{pool()};
    Time now{};
    std::span<const std::uint8_t> rest{data, size};
    while (rest.size() >= kHead) {
      const std::uint8_t cut = rest[0], judged = rest[1], choice = rest[2];
      now += milliseconds{rest[3] * 16};
      const std::size_t length = std::min<std::size_t>(rest[4] * 256u + rest[5], rest.size() - kHead);
      const auto bytes = std::as_bytes(rest.subspan(kHead, length));
      rest = rest.subspan(kHead + length);
      Bytes frame(bytes.begin(), bytes.end());
      if ((choice & 2) != 0) repair_checksums(frame);
      pkt::Packet* packet = make_packet(frame, cut);
      packet->mbuf()->ol_flags |= rx_flags(judged);
      packet->meta().port = choice & 1;
      floor.receive(packet, now);
    }
    floor.require_sums();
  }
  require(pool().available() == pool().size());
  return 0;
}
