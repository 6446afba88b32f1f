// One cell of the table of loss recovery: an algorithm, what goes wrong on the way, how much of it, and how far the
// ends are apart. Decides what the links of a cell are, and what the RFCs' formulas promise there.
//
// The bottleneck's rate falls with the distance: 8, 41, 83 and 83 full frames fill the way, and 100 more find room in
// the queue. Only one direction carries text, and only one suffers: the other one in "ACK path".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cc/algorithm.h"
#include "sim/link.h"
#include "tcp/user_options.h"

namespace millrace::sim {

struct RecoveryAlgorithm {
  cc::Algorithm id;
  std::size_t mark_above = LinkProfile::kUnbounded;  ///< the bottleneck's step for CE, in frames
  tcp::EcnPolicy ecn = tcp::EcnPolicy::Off;
  bool by_response_function = true;  ///< its window under loss is Reno's at the distances here

  [[nodiscard]] std::string_view name() const noexcept { return cc::to_string(id); }
};

/// Those that have a table.
[[nodiscard]] std::span<const RecoveryAlgorithm> recovery_algorithms() noexcept;

enum class Trouble : std::uint8_t {
  None,
  Random,      ///< each frame with the same probability
  Bursts,      ///< of four frames on average, as many in all
  Reordering,  ///< one frame in fifty comes 3 ms late; random loss besides
  BadAckPath,  ///< random loss of acknowledgments only
};
[[nodiscard]] std::string_view to_string(Trouble trouble) noexcept;

struct Distance {
  Duration round_trip;
  std::uint64_t bits_per_second;
  Duration bulk;  ///< how long bulk transfers are watched
};
/// 0.1, 1, 10 and 100 ms.
[[nodiscard]] std::span<const Distance> distances() noexcept;

struct RecoveryCell {
  const RecoveryAlgorithm* algorithm = nullptr;
  Trouble trouble = Trouble::None;
  std::uint32_t loss_per_mille = 0;
  Distance distance;

  [[nodiscard]] LinkProfile data_link() const;
  [[nodiscard]] LinkProfile ack_link() const;
  /// The same without trouble: for handshakes, which are not measured.
  [[nodiscard]] RecoveryCell calm() const;
  /// Payload that the bottleneck carries, bits per second, less what is lost of it: (1 - p) x link.
  [[nodiscard]] std::uint64_t capacity() const;
  /// What Reno's response function (RFC 5681 with one ACK per segment: 1.22/sqrt(p) segments) makes of the loss, at
  /// most capacity(); CUBIC is in its Reno-friendly region everywhere here (RFC 9438 5.1). 0: no formula says.
  [[nodiscard]] std::uint64_t formula() const;
  /// "newreno, random 1.0 %, 10 ms".
  [[nodiscard]] std::string name() const;
};

/// The loss rates of the table, per mille.
inline constexpr std::uint32_t kLossRates[] = {0, 1, 10, 20, 50};

/// The rows of one algorithm at one distance. Without loss, random, burst and ACK path are one row.
[[nodiscard]] std::vector<RecoveryCell> cells_of(const RecoveryAlgorithm& algorithm, const Distance& distance);

}  // namespace millrace::sim
