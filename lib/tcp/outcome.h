// What became of a segment: every one that reaches TCP ends in exactly one of these, and is counted there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.h"

namespace millrace::tcp {

enum class Outcome : std::uint8_t {
  Processed,             ///< control information taken: ACK, window, FIN, RST believed, handshake
  Delivered,             ///< text appended to the receive queue
  Queued,                ///< text kept out of order
  AnsweredSyn,           ///< SYN answered by SYN,ACK: half-open connection or cookie
  AnsweredReset,         ///< nobody there: answered by RST
  AnsweredChallenge,     ///< answered by a challenge ACK (RFC 5961)
  AnsweredTimeWait,      ///< answered from TIME-WAIT
  DroppedNotAcceptable,  ///< outside the window (RFC 9293 3.10.7.4, first); answered by an ACK where that is due
  DroppedPaws,           ///< timestamp too old (RFC 7323 5.3)
  DroppedNoTimestamp,    ///< timestamps were agreed and are missing (RFC 7323 3.2)
  DroppedReset,          ///< RST not believed
  DroppedNoAck,          ///< no ACK bit where there must be one
  DroppedAckOutside,     ///< ACK too old or of the unsent (RFC 5961 5)
  DroppedBadHandshake,   ///< SYN-SENT or half-open: ACK that does not fit
  DroppedMemory,         ///< receive budget used up
  DroppedTableFull,      ///< connection, half-open or flow table full
  DroppedPressure,       ///< new SYN while the packet pool runs low
  DroppedTimeWait,       ///< in TIME-WAIT, nothing to answer (RFC 1337)
  DroppedRstToNobody,    ///< RST for a connection that does not exist
  DroppedByPolicy,       ///< for no connection, from where the listener answers nobody
  DroppedListenerFull,   ///< SYN or handshake's ACK above the listener's limit of connections
  Count
};

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::Count);
/// "dropped_paws" and the like, for counters on display.
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

}  // namespace millrace::tcp
