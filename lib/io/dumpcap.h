// dpdk-dumpcap beside our own capture: where DPDK lets it attach to this process.
//
// It is a second process that shares memory with the first: that takes hugepages, DPDK's shared configuration, and, in
// DPDK 22.11, the default file prefix, because dpdk-dumpcap has no option for another one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace millrace::io {

/// Why dpdk-dumpcap cannot attach to a process started with these EAL arguments, and what to do; nullopt when it can.
[[nodiscard]] std::optional<std::string> dumpcap_obstacle(const std::vector<std::string>& eal_arguments);

}  // namespace millrace::io
