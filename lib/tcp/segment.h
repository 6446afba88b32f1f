// A received TCP segment as the state machine sees it: SEG.SEQ, SEG.ACK, SEG.LEN, SEG.WND, SEG.UP, SEG.CTL (RFC
// 9293 3.3.1).
//
// lib/ip fills it in: checksums verified, the packet trimmed so that its data is exactly the text. Whoever holds the
// Segment owns `packet`; the state machine either queues it (and sets it to nullptr) or leaves it to the caller to
// free.
#pragma once

#include <cstdint>

#include "flow/flow_key.h"
#include "pkt/packet.h"
#include "wire/address.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

using wire::Ctl;
using wire::SeqNum;

struct Segment {
  flow::FlowKey key;  ///< remote address and port, index of our address, local port
  SeqNum seq;
  SeqNum ack;
  std::uint32_t wnd = 0;  ///< as on the wire, unscaled
  std::uint32_t len = 0;  ///< bytes of text; SYN and FIN are not counted here, see seg_len()
  Ctl ctl;
  std::uint32_t up = 0;  ///< relative to seq, modulo 2^32: what is cut off at the front may leave it behind
  std::uint8_t ecn = 0;  ///< the two ECN bits of the IP header
  std::uint8_t dscp = 0;
  bool at_last_ack = false;          ///< SEG.SEQ =< Last.ACK.sent (RFC 7323 4.3), decided before the front is cut off
  bool newer_timestamp = false;      ///< SEG.TSval > TS.Recent as it was when the segment came
  bool completes_handshake = false;  ///< it came in SYN-RECEIVED
  wire::TcpOptions options;
  pkt::Packet* packet = nullptr;  ///< the text, possibly a chain; may be present with len 0

  /// SEG.LEN: text plus SYN plus FIN.
  [[nodiscard]] std::uint32_t seg_len() const noexcept { return len + (ctl.syn() ? 1u : 0u) + (ctl.fin() ? 1u : 0u); }
};

}  // namespace millrace::tcp
