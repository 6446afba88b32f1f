// Sums are of 16-bit words in host order, folded at the end (RFC 1071): a 32-bit sum holds what a header has of them.
#include "header_template.h"

#include "wire/bytes.h"
#include "wire/ip_protocol.h"

namespace millrace::load {
namespace {

using wire::load_be16;
using wire::store_be16;
using wire::store_be32;

constexpr std::uint8_t kHopLimit = 64;

constexpr std::uint32_t words(std::uint32_t value) noexcept { return (value >> 16) + (value & 0xffff); }

std::uint32_t sum_of_words(std::span<const std::byte> bytes) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += load_be16(&bytes[i]);
  return sum;
}

constexpr std::uint16_t fold(std::uint32_t sum) noexcept {
  sum = words(sum);
  return static_cast<std::uint16_t>(words(sum));
}

}  // namespace

HeaderTemplate::HeaderTemplate(const Sources& sources, const Target& target, std::uint16_t window,
                               bool offload) noexcept
    : l3_length_(sources.is_v4() ? wire::kIpv4MinHeader : wire::kIpv6Header),
      target_(target),
      v4_(sources.is_v4()),
      offload_(offload) {
  const std::span all{bytes_};
  wire::build_ethernet({{}, {}, v4_ ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6}, all);
  const auto ip = all.subspan(wire::kEthernetHeader, l3_length_);
  const auto tcp = all.subspan(wire::kEthernetHeader + l3_length_, wire::kTcpMinHeader);
  const wire::IpAddress& source = sources.first();
  if (v4_)
    wire::build_ipv4({.dont_fragment = true,
                      .ttl = kHopLimit,
                      .protocol = wire::kProtocolTcp,
                      .source = source,
                      .destination = target.address},
                     ip, false);
  else
    wire::build_ipv6(
        {.next_header = wire::kProtocolTcp, .hop_limit = kHopLimit, .source = source, .destination = target.address},
        ip);
  store_be16(&tcp[2], target.port);
  store_be16(&tcp[14], window);

  // The source's last 32 bits and all lengths differ from segment to segment.
  const std::size_t source_end = v4_ ? 16 : 24;
  const std::size_t source_start = v4_ ? 12 : 8;
  store_be32(&ip[source_end - 4], 0);
  if (v4_) {
    store_be16(&ip[2], 0);
    ip_sum_ = sum_of_words(ip);
  }
  pseudo_sum_ = sum_of_words(ip.subspan(source_start)) + wire::kProtocolTcp;
  tcp_sum_ = sum_of_words(tcp);
}

void HeaderTemplate::set_macs(const wire::MacAddress& own, const wire::MacAddress& next_hop) noexcept {
  wire::store_mac(&bytes_[0], next_hop);
  wire::store_mac(&bytes_[6], own);
}

void HeaderTemplate::write(pkt::Packet& packet, const SegmentFields& fields, std::size_t options) const noexcept {
  const std::span<std::byte> frame = packet.bytes();
  std::memcpy(frame.data(), bytes_.data(), size());
  const auto segment = frame.subspan(wire::kEthernetHeader + l3_length_);
  write_ip(&frame[wire::kEthernetHeader], fields.source_word, segment.size());
  write_tcp(segment, fields, options);
  if (offload_)
    packet.request_checksums({.v4 = v4_,
                              .ip = v4_,
                              .tcp = true,
                              .l2_length = wire::kEthernetHeader,
                              .l3_length = static_cast<std::uint8_t>(l3_length_),
                              .l4_length = static_cast<std::uint8_t>(wire::kTcpMinHeader + options)});
}

void HeaderTemplate::write_ip(std::byte* ip, std::uint32_t source_word, std::size_t segment) const noexcept {
  if (!v4_) {
    store_be16(ip + 4, static_cast<std::uint16_t>(segment));
    store_be32(ip + 20, source_word);
    return;
  }
  const auto total = static_cast<std::uint16_t>(wire::kIpv4MinHeader + segment);
  store_be16(ip + 2, total);
  store_be32(ip + 12, source_word);
  if (!offload_) store_be16(ip + 10, static_cast<std::uint16_t>(~fold(ip_sum_ + total + words(source_word))));
}

void HeaderTemplate::write_tcp(std::span<std::byte> segment, const SegmentFields& fields,
                               std::size_t options) const noexcept {
  std::byte* const tcp = segment.data();
  const std::size_t header = wire::kTcpMinHeader + options;
  const auto offset_and_ctl = static_cast<std::uint16_t>(header / 4 << 12 | fields.ctl);
  store_be16(tcp, fields.source_port);
  store_be32(tcp + 4, fields.seq.raw());
  store_be32(tcp + 8, fields.ack.raw());
  store_be16(tcp + 12, offset_and_ctl);

  const std::uint32_t pseudo = pseudo_sum_ + words(fields.source_word) + static_cast<std::uint32_t>(segment.size());
  if (offload_) return store_be16(tcp + 16, fold(pseudo));
  wire::Checksum rest;
  rest.add(segment.subspan(wire::kTcpMinHeader));
  const std::uint32_t sum = pseudo + tcp_sum_ + fields.source_port + words(fields.seq.raw()) + words(fields.ack.raw()) +
                            offset_and_ctl + rest.sum();
  store_be16(tcp + 16, static_cast<std::uint16_t>(~fold(sum)));
}

}  // namespace millrace::load
