// Fills the checksums that a packet left to the NIC into a copy of its bytes, as a NIC would.
//
// Used where a copy leaves the path to the NIC: MemPort's frames and captures. Like hardware it trusts l2_len and
// l3_len and completes the sum that is already in the TCP checksum field (the pseudo-header's), so a sender that forgot
// to put it there is not repaired.
#pragma once

#include <cstddef>
#include <span>

#include "io/offloads.h"
#include "pkt/packet.h"

namespace millrace::io {

/// `frame` is the whole packet, Ethernet header first. Fills what the packet's RTE_MBUF_F_TX_*_CKSUM flags ask for, of
/// what `offloads` can. A frame too short for the headers that l2_len and l3_len name is left as it is.
void fill_tx_checksums(std::span<std::byte> frame, const pkt::Packet& packet, const Offloads& offloads) noexcept;

}  // namespace millrace::io
