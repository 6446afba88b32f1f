// RACK (RFC 8985 5, 6): time decides what is lost. A segment is lost when one that was sent later has been delivered
// and its own time, plus a window for reordering, is over.
//
// The window starts at a quarter of the least RTT, is not used at all while nothing suggests reordering and three
// segments have been SACKed, and grows with each round in which D-SACKs show that it was too small.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "tcp/sent_segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;

/// The least RTT of the last minutes (RFC 8985 6.2 step 1), from two windows of kMinRttWindow.
struct MinRtt {
  static constexpr Duration kMinRttWindow = minutes{5};
  Duration before{-1};  ///< least of the window before; negative: none
  Duration now{-1};     ///< least of this window
  Time since{};         ///< when this window began

  void add(Duration rtt, Time now) noexcept;
  /// Negative: no sample yet.
  [[nodiscard]] Duration get() const noexcept;
};

struct Rack {
  Time xmit_ts{};               ///< RACK.xmit_ts: when the newest delivered segment was sent
  SeqNum end_seq;               ///< RACK.end_seq: its end
  Duration rtt{0};              ///< RACK.rtt: its round trip; 0: nothing was delivered yet
  MinRtt min_rtt;               ///< RACK.min_RTT
  SeqNum fack;                  ///< RACK.fack: the highest end delivered
  SeqNum dsack_round;           ///< RACK.dsack_round, when in_dsack_round
  bool in_dsack_round = false;  ///< the window has grown in this round already
  bool reordering_seen = false;
  std::uint8_t reo_wnd_mult = 1;
  std::uint8_t reo_wnd_persist = 0;  ///< recoveries until the window shrinks again

  /// RACK.reo_wnd of the last look, for listings.
  Duration reo_wnd{0};
};

/// Steps 2 and 3: `segment` has just been acknowledged or SACKed; `echo` is the ACK's TSecr, if it has one.
void rack_on_delivered(Tcb& tcb, Sender& sender, const SentSegment& segment, std::optional<std::uint32_t> echo,
                       Env& env) noexcept;
/// Step 4: an ACK arrived, with a D-SACK or without.
void rack_on_dsack(Tcb& tcb, Sender& sender, bool dsack) noexcept;
/// Step 4: recovery is over.
void rack_on_recovered(Rack& rack) noexcept;
/// Step 5: marks what is lost and sets the reorder deadline for what may be lost soon. Returns how many bytes.
std::uint32_t rack_detect_loss(Tcb& tcb, Sender& sender, Env& env) noexcept;
/// 6.3: the retransmission timer expired: the first segment is lost, and all that are due.
void rack_mark_timed_out(Tcb& tcb, Sender& sender, Env& env) noexcept;

}  // namespace millrace::tcp
