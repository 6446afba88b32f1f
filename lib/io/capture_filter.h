// Which frames a capture keeps: by host and port, as in `tcpdump host A and port P`.
//
// Hosts are alternatives and so are ports; a frame must match one of each kind that is given, on either side. Frames
// are what came from the wire: every step looks at the length first. Fragments behind the first carry no ports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/address.h"

namespace millrace::io {

struct CaptureFilter {
  std::vector<wire::IpAddress> hosts{};
  std::vector<std::uint16_t> ports{};

  [[nodiscard]] bool matches(std::span<const std::byte> frame) const noexcept;
};

}  // namespace millrace::io
