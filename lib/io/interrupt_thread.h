// EAL's interrupt thread, on which drivers handle what comes beside the packets.
#pragma once

namespace millrace::io {

/// Returns when the thread has done what was waiting for it, or after two seconds at most. To be called when all ports
/// are closed, before rte_eal_cleanup(): that unmaps DPDK's memory while the thread lives on, and drivers keep there
/// what it looks at when a source comes or goes (net_memif: the socket it listened on, whose source it never takes
/// back).
void settle_interrupt_thread() noexcept;

}  // namespace millrace::io
