// Whether a TAP interface already has a process behind it.
//
// The kernel lets a second one attach further queues to it: both would get a part of the packets, and the newcomer
// would set another MAC address. Nothing in DPDK stops that.
#pragma once

#include <optional>
#include <string>

namespace millrace::io {

/// The interface that a device such as "net_tap0,iface=mr0" names, if it is up and some process holds it open; nullopt
/// for other devices, for new interfaces, and for persistent ones that nobody uses.
[[nodiscard]] std::optional<std::string> tap_in_use(const std::string& devargs);

}  // namespace millrace::io
