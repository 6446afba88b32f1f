// Segments sent without a Tcb: RST for nobody's segments, SYN,ACK of half-open connections, ACK from TIME-WAIT.
//
// They are built at once and bounded by the room of this turn's OutList; one that finds none is dropped and counted, as
// a lossy network would.
#pragma once

#include <cstdint>

#include "tcp/segment.h"

namespace millrace::tcp {

struct Env;

/// RFC 9293 3.10.7.1: <SEQ=SEG.ACK><CTL=RST> if it has an ACK, else <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. Never in
/// answer to RST.
void reply_reset(const Segment& seg, Env& env) noexcept;

/// What the user of a connection chose for the IP header (MUST-48, MUST-49).
struct IpChoice {
  std::uint8_t dscp = 0;
  std::uint8_t hop_limit = 0;  ///< 0: the shard's
};

/// Sends `header`, whose ports it fills in from `key`, without text. False when there was no room or packet.
bool reply(const flow::FlowKey& key, wire::TcpHeader& header, IpChoice ip, Env& env) noexcept;

}  // namespace millrace::tcp
