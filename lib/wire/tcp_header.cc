// The fixed 20 bytes of the TCP header (RFC 9293 3.1); tcp_options.cc does the rest.
#include "wire/tcp_header.h"

#include "wire/bytes.h"
#include "wire/tcp_options.h"

namespace millrace::wire {

std::size_t tcp_header_size(const TcpHeader& header) noexcept { return kTcpMinHeader + tcp_options_size(header); }

std::size_t build_tcp(const TcpHeader& header, std::span<std::byte> out) noexcept {
  const std::size_t size = tcp_header_size(header);
  std::byte* p = out.data();
  store_be16(p, header.source_port);
  store_be16(p + 2, header.destination_port);
  store_be32(p + 4, header.seq.raw());
  store_be32(p + 8, header.ack.raw());
  store_u8(p + 12, static_cast<std::uint8_t>(size / 4 << 4 | (header.ctl.ae ? 1 : 0)));
  store_u8(p + 13, header.ctl.bits);
  store_be16(p + 14, header.window);
  store_be16(p + 16, 0);
  store_be16(p + 18, header.urgent_pointer);
  build_tcp_options(header, out.subspan(kTcpMinHeader));
  return size;
}

}  // namespace millrace::wire
