// How the NIC's verdict on a received packet's checksums is read from the mbuf flags, and how it is asked to fill them
// in.
//
// DPDK encodes four values in two bits: neither set = unknown, one = bad, the other = good, both = none (the field was
// not filled in, the data is known to be intact: virtio and vhost between guests). What follows from each value is
// decided by lib/ip.
#include "pkt/packet.h"

namespace millrace::pkt {

void Packet::request_checksums(const TxChecksums& wanted) noexcept {
  mbuf_.ol_flags |= wanted.v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
  if (wanted.ip) mbuf_.ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
  if (wanted.tcp) mbuf_.ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
  mbuf_.l2_len = wanted.l2_length;
  mbuf_.l3_len = wanted.l3_length;
  mbuf_.l4_len = wanted.l4_length;
}

}  // namespace millrace::pkt
