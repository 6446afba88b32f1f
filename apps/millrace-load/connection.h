// What the engine remembers of a connection: one cache line, in a flat array.
//
// The index of a record is the connection's local end: the number of the local address in the upper bits, the port in
// the lower 16. So an arriving segment finds its connection without a hash, and the record needs no addresses. A record
// outlives its connection: the next one from the same port begins its sequence numbers beyond the last (RFC 9293
// 3.4.1), and a retransmitted FIN is still acknowledged.
//
// Only what a lossless wire needs is here: text is taken in order only, and what is not acknowledged in time is sent
// again from SND.UNA on (go-back-N). There is no congestion control, as a generator measures and does not share.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "wire/seq_num.h"

namespace millrace::load {

using wire::SeqNum;

enum class State : std::uint8_t { Closed, SynSent, Open };

/// Bits of Connection::flags.
namespace flag {
inline constexpr std::uint16_t kAckOwed = 1 << 0;    ///< the peer shall hear of RCV.NXT
inline constexpr std::uint16_t kSynOwed = 1 << 1;    ///< the SYN is to be sent, for the first time or again
inline constexpr std::uint16_t kRstOwed = 1 << 2;    ///< the connection ends by a reset
inline constexpr std::uint16_t kFinWanted = 1 << 3;  ///< nothing follows snd_end but our FIN
inline constexpr std::uint16_t kPeerFin = 1 << 4;    ///< the peer's FIN was received
inline constexpr std::uint16_t kEndless = 1 << 5;    ///< text without end: snd_end does not count
inline constexpr std::uint16_t kListed = 1 << 6;     ///< in the engine's list of connections that may have to send
inline constexpr std::uint16_t kBusy = 1 << 7;       ///< the job's: a request is under way
inline constexpr std::uint16_t kIdle = 1 << 8;       ///< the job's: in its ring of idle connections
inline constexpr std::uint16_t kLast = 1 << 9;       ///< the exchange's: the peer closes behind this answer
inline constexpr std::uint16_t kSurviving = kListed | kIdle;  ///< true of the local end, whichever connection it has
}  // namespace flag

struct alignas(64) Connection {
  SeqNum snd_una, snd_nxt;
  SeqNum snd_max;   ///< highest SND.NXT so far: beyond SND.NXT after a timeout
  SeqNum snd_end;   ///< behind the last byte that shall be sent
  SeqNum snd_edge;  ///< SND.UNA + SND.WND
  SeqNum rcv_nxt;
  SeqNum irs;                  ///< the peer's initial sequence number
  std::uint32_t tick = 0;      ///< see Engine: of the last progress, or of the end
  Time began{};                ///< of the request under way, or of the connection: latency counts from here
  std::uint32_t left = 0;      ///< the exchange's: bytes of the answer that are still to come
  std::uint32_t word = 0;      ///< the exchange's own
  std::uint16_t text_at = 0;   ///< position of SND.UNA in the text that is sent
  std::uint16_t want_at = 0;   ///< the exchange's: position of RCV.NXT in the text that is expected
  std::uint16_t smss = 0;      ///< text of the largest segment to send
  std::uint16_t flags = 0;     ///< see flag
  std::uint8_t snd_scale = 0;  ///< Snd.Wind.Shift
  State state = State::Closed;
  std::uint8_t tries = 0;   ///< timeouts in a row
  std::uint8_t part = 0;    ///< of the run, to which the connection belongs
  std::uint32_t place = 0;  ///< in the engine's list of connections that are not closed

  [[nodiscard]] bool has(std::uint16_t bits) const noexcept { return (flags & bits) != 0; }
  void set(std::uint16_t bits) noexcept { flags |= bits; }
  void clear(std::uint16_t bits) noexcept { flags &= static_cast<std::uint16_t>(~bits); }

  [[nodiscard]] bool fin_acknowledged() const noexcept { return has(flag::kFinWanted) && snd_una == snd_end + 1; }
  /// Something that was sent is not acknowledged.
  [[nodiscard]] bool outstanding() const noexcept { return snd_una != snd_max; }
  /// There is text or a FIN behind SND.NXT.
  [[nodiscard]] bool unsent() const noexcept {
    return has(flag::kEndless) || snd_nxt < snd_end || (has(flag::kFinWanted) && snd_nxt == snd_end);
  }
  /// Both sides have closed, and each knows it of the other as far as we can know.
  [[nodiscard]] bool finished() const noexcept {
    return has(flag::kPeerFin) && !has(flag::kAckOwed) && fin_acknowledged();
  }
};
static_assert(sizeof(Connection) == 64);

}  // namespace millrace::load
