// How the NIC's verdict on a received packet's checksums is read from the mbuf flags.
//
// DPDK encodes four values in two bits: neither set = unknown, one = bad, the other = good, both = none (the field was
// not filled in, the data is known to be intact: virtio and vhost between guests). What follows from each value is
// decided by lib/ip.
#include "pkt/packet.h"

namespace millrace::pkt {

RxChecksum Packet::rx_ip_checksum() const noexcept {
  switch (mbuf_.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) {
    case RTE_MBUF_F_RX_IP_CKSUM_GOOD:
      return RxChecksum::Good;
    case RTE_MBUF_F_RX_IP_CKSUM_BAD:
      return RxChecksum::Bad;
    case RTE_MBUF_F_RX_IP_CKSUM_NONE:
      return RxChecksum::None;
    default:
      return RxChecksum::Unknown;
  }
}

RxChecksum Packet::rx_l4_checksum() const noexcept {
  switch (mbuf_.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) {
    case RTE_MBUF_F_RX_L4_CKSUM_GOOD:
      return RxChecksum::Good;
    case RTE_MBUF_F_RX_L4_CKSUM_BAD:
      return RxChecksum::Bad;
    case RTE_MBUF_F_RX_L4_CKSUM_NONE:
      return RxChecksum::None;
    default:
      return RxChecksum::Unknown;
  }
}

}  // namespace millrace::pkt
