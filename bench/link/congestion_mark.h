// Marks a frame "congestion experienced" (RFC 3168 5): what a queue does to ECN-capable packets instead of losing them.
#pragma once

#include <cstddef>
#include <span>

namespace millrace::link {

/// Sets CE in an IPv4 or IPv6 packet that is ECN-capable, and corrects the IPv4 checksum. True when the frame carries
/// CE afterwards; false, and nothing is changed, when it is not ECN-capable or not IP.
bool mark_congestion(std::span<std::byte> frame) noexcept;

}  // namespace millrace::link
