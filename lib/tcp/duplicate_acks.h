// Loss detection for peers without SACK: three duplicate ACKs, and partial ACKs (RFC 5681 3.2, RFC 6582 3.2).
//
// Each duplicate says that one segment has left the network, which is not known by number: it is counted as delivered
// in advance. That is limited transmit (RFC 3042) for the first two, and the inflation of RFC 5681 for the others.
#pragma once

#include <cstdint>

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;
struct AckNews;

struct DuplicateAcks {
  std::uint8_t count = 0;       ///< since the last ACK of new data; stays at 255
  std::uint32_t delivered = 0;  ///< bytes counted as delivered by them
};

/// A duplicate ACK (RFC 5681 2). Returns how many bytes are lost by it.
std::uint32_t take_duplicate_ack(Tcb& tcb, Sender& sender, AckNews& news, Env& env) noexcept;
/// An ACK of new data; SND.UNA has moved, news.sample.acked says by how much. Returns how many bytes are lost by it.
std::uint32_t take_partial_ack(Tcb& tcb, Sender& sender, AckNews& news, Env& env) noexcept;

}  // namespace millrace::tcp
