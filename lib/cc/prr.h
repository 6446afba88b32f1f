// Proportional Rate Reduction (RFC 9937): how much may be sent for each ACK of a recovery, so that the flight arrives
// at ssthresh at its end. While more is in flight than ssthresh, sending is spread over the recovery in proportion to
// what is delivered; below it each delivered byte may be replaced (PRR-CRB), plus a segment when recovery makes good
// progress (PRR-SSRB). When recovery begins and ends is not decided here; at its end the caller sets cwnd = ssthresh.
#pragma once

#include <cstdint>

namespace millrace::cc {

class Prr {
 public:
  /// Recovery begins. `recover_flight` is RecoverFS: SND.NXT - SND.UNA before the ACK that began it, less the bytes
  /// that earlier ACKs had SACKed.
  void start(std::uint32_t recover_flight) noexcept;

  /// cwnd after an ACK of the recovery, the first included. `safe_ack`: SND.UNA advances and the ACK indicates no
  /// further loss. With nothing delivered (a timer began the recovery) it is what earlier ACKs have left, and at the
  /// beginning one segment, the fast retransmit.
  [[nodiscard]] std::uint32_t cwnd_on_ack(std::uint32_t newly_delivered, std::uint32_t in_flight,
                                          std::uint32_t ssthresh, std::uint32_t smss, bool safe_ack) noexcept;

  /// Data left, new or again.
  void on_sent(std::uint32_t bytes) noexcept;

 private:
  std::uint64_t delivered_ = 0;  ///< prr_delivered
  std::uint64_t out_ = 0;        ///< prr_out
  std::uint32_t recover_flight_ = 1;
};

}  // namespace millrace::cc
