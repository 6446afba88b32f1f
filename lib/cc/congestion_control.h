// One connection's congestion control (RFC 5681 and what came after it): facts in, a window and a pacing rate out.
//
// Any of the algorithms, chosen when the connection starts. Each is a class of its own with the calls of Controller;
// this one holds it and passes the calls on. Loss detection (which bytes are lost, when recovery begins and ends) and
// PRR are not decided here.
#pragma once

#include <variant>

#include "cc/algorithm.h"
#include "cc/bbr.h"
#include "cc/cubic.h"
#include "cc/dctcp.h"
#include "cc/facts.h"
#include "cc/new_reno.h"

namespace millrace::cc {

/// What an algorithm answers to. Calls come in the order in which things happen, at one instant in the order of this
/// list; see NewReno for what each means.
template <class A>
concept Controller = requires(A a, Window& window, const Sender& sender, const AckSample& sample,
                              const LostSegment& lost) {
  a.start(window, sender);
  a.on_lost(window, sender, lost);
  a.on_recovery(window, sender);
  a.on_timeout(window, sender, true);
  a.on_ecn(window, sender);
  a.on_spurious(window, sender);
  a.on_recovered(window, sender);
  a.on_ack(window, sample);
  a.on_restart(window, sender, Duration{});
  { A::kOwnRecovery } -> std::convertible_to<bool>;
};

class CongestionControl {
 public:
  explicit CongestionControl(Algorithm algorithm) noexcept;

  [[nodiscard]] Algorithm algorithm() const noexcept { return static_cast<Algorithm>(state_.index()); }
  /// True: the algorithm sets cwnd during recovery too; false: PRR does.
  [[nodiscard]] bool own_recovery() const noexcept;

  void start(Window& window, const Sender& sender) noexcept;
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  void on_recovery(Window& window, const Sender& sender) noexcept;
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  void on_ecn(Window& window, const Sender& sender) noexcept;
  void on_spurious(Window& window, const Sender& sender) noexcept;
  void on_recovered(Window& window, const Sender& sender) noexcept;
  void on_ack(Window& window, const AckSample& sample) noexcept;
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

 private:
  std::variant<NewReno, Cubic, Bbr, Dctcp> state_;  ///< in the order of Algorithm
};
static_assert(sizeof(CongestionControl) <= 256);

}  // namespace millrace::cc
