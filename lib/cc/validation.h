// Congestion window validation (RFC 7661): whether what the network has lately acknowledged bears out the window. While
// it does not, the window is kept but does not grow, for five minutes; a loss then counts from what was really used.
// Also answers whether the window or the application limits the sender, which a paced sender shows only now and then.
// The factor of a reduction is the algorithm's.
#pragma once

#include <optional>

#include "cc/facts.h"
#include "cc/tick.h"

namespace millrace::cc {

class Validation {
 public:
  void start(const Sender& sender) noexcept;

  /// An ACK. `volume`: bytes delivered in the round that it ended; 0: it ended none.
  void on_ack(Window& window, const AckSample& sample, std::uint32_t volume) noexcept;
  /// The window may grow for this ACK: it limited the sender in this round or the last. In slow start half a window in
  /// flight is enough.
  [[nodiscard]] bool may_grow(const Window& window, const AckSample& sample) const noexcept;
  /// In the validated phase (4.3). pipeACK is a round behind a window that doubles, so a sender that the window limits
  /// is in it too; and so is one whose window is no larger than a new connection's.
  [[nodiscard]] bool validated(const Window& window, const Sender& sender) const noexcept;

  /// Bytes of which a reduction leaves a part: max(pipeACK, FlightSize) (RFC 7661 4.4.1), at most cwnd.
  [[nodiscard]] std::uint32_t used(const Window& window, const Sender& sender) const noexcept;
  void on_lost(std::uint32_t bytes) noexcept;
  void on_recovery(const Window& window, const Sender& sender) noexcept;
  /// Recovery is over. If it began in the non-validated phase: the bytes of which a part becomes the window, what was
  /// lost not among them (4.4.1).
  [[nodiscard]] std::optional<std::uint32_t> on_recovered(const Sender& sender) noexcept;
  /// A timeout, or a reduction that was taken back: nothing is left for the end of recovery.
  void forget_loss() noexcept;

  /// Nothing was in flight for `idle`, however short. The window shrinks for each five minutes without validation
  /// (4.4.3).
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

 private:
  static constexpr std::uint32_t kUndefined = (1u << 30) - 1;

  [[nodiscard]] bool limited() const noexcept { return limited_ || was_limited_; }
  void end_round(const AckSample& sample, std::uint32_t volume) noexcept;
  void shrink(Window& window, const Sender& sender) noexcept;

  std::uint32_t pipe_ack_ : 30 = kUndefined;  ///< the most that a round acknowledged of late
  std::uint32_t limited_ : 1 = 0;             ///< by the window, in this round
  std::uint32_t was_limited_ : 1 = 0;         ///< in the round before
  std::uint32_t loss_ : 30 = 0;               ///< bytes lost; after an unvalidated loss: those used and not lost
  std::uint32_t unvalidated_loss_ : 1 = 0;    ///< recovery began in the non-validated phase
  std::uint32_t partial_ : 1 = 1;             ///< the round did not begin with an ACK of Open: it is no measure
  Tick pipe_ack_at_ = 0;
  Tick valid_at_ = 0;  ///< when the window was last validated or adjusted
};

}  // namespace millrace::cc
