// Any bytes as the option area of a TCP header: parsing ends, stays inside, and what was understood can be built and
// parsed again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "wire/tcp_header.h"

namespace wire = millrace::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_in_range(const wire::TcpOptions& o) {
  require(o.sack_count <= wire::kMaxSackBlocks);
  require(o.window_scale <= 14);
  require(o.has_window_scale || o.window_scale == 0);
  require(!o.accecn.present() || o.accecn.fields <= 3);
  require(o.accecn.has_e0b() || o.accecn.e0b == 0);
  require(o.accecn.has_ceb() || o.accecn.ceb == 0);
  require(o.accecn.has_e1b() || o.accecn.e1b == 0);
  require(o.has_timestamps || (o.ts_val == 0 && o.ts_ecr == 0));
  require(o.fast_open.length % 2 == 0 && o.fast_open.length <= wire::FastOpenCookie::kMost);
}

void require_round_trip(const wire::TcpOptions& options) {
  wire::TcpHeader header;
  header.ctl.bits = wire::Ctl::kSyn;
  header.options = options;
  std::vector<std::byte> out(wire::tcp_header_size(header));
  require(out.size() <= wire::kTcpMaxHeader && wire::build_tcp(header, out) == out.size());
  const auto again = wire::parse_tcp(out);
  require(again.has_value() && again->header_length == out.size() && !again->options.malformed);
  require(again->options.mss == options.mss && again->options.has_window_scale == options.has_window_scale);
  require(again->options.window_scale == options.window_scale);
  require(again->options.sack_permitted == options.sack_permitted);
  require(again->options.has_timestamps == options.has_timestamps);
  require(again->options.ts_val == options.ts_val && again->options.ts_ecr == options.ts_ecr);
  require(again->options.has_fast_open == options.has_fast_open && again->options.fast_open == options.fast_open);
  // It is left out where it does not fit.
  if (again->options.accecn.present()) require(again->options.accecn == options.accecn);
  require(again->options.sack_count <= options.sack_count);
  for (std::size_t i = 0; i < again->options.sack_count; ++i) require(again->options.sack[i] == options.sack[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto options = wire::parse_tcp_options(bytes);
  require_in_range(options);
  require_round_trip(options);
  if (const auto header = wire::parse_tcp(bytes)) {
    require(header->header_length >= wire::kTcpMinHeader && header->header_length <= size);
    require_in_range(header->options);
  }
  return 0;
}
