// An ICMP error about a segment of ours (RFC 1122 3.2.2, 4.2.3.9), as TCP wants to hear it.
//
// The key is turned round: remote is whom we sent to. Whether `seq` is within what is outstanding (RFC 5927), and
// whether the error is soft or hard, is TCP's decision.
#pragma once

#include <cstdint>

#include "flow/flow_key.h"
#include "wire/seq_num.h"

namespace millrace::ip {

enum class IcmpKind : std::uint8_t {
  HostUnreachable,      ///< destination unreachable for reasons of the path: net, host, administrative (soft)
  ProtocolUnreachable,  ///< code 2
  PortUnreachable,      ///< code 3
  PacketTooBig,         ///< code 4, fragmentation needed: see mtu
  TimeExceeded,
  ParameterProblem,
};

struct IcmpError {
  flow::FlowKey key;
  IcmpKind kind = IcmpKind::HostUnreachable;
  std::uint8_t type = 0;  ///< as on the wire
  std::uint8_t code = 0;
  std::uint16_t mtu = 0;  ///< next hop's, when PacketTooBig; 0: the router did not tell (RFC 1191 5)
  wire::SeqNum seq;       ///< of the quoted segment
};

}  // namespace millrace::ip
