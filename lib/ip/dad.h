// Duplicate address detection (RFC 4862 5.4) for our IPv6 addresses at start; part of the NDP resolver, on worker 0.
//
// An address is tentative while it is asked for (1 s per solicitation). Whoever advertises it meanwhile, or asks for it
// in the same way, has it: then it is never used, counted and logged. Otherwise it becomes usable and is announced, and
// once more a little later, because a link that has just come up loses frames. The random delay before the first
// solicitation (5.4.2) is left out: a host that is configured by hand does not start together with its neighbors.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "ip/counters.h"
#include "ip/ip_config.h"
#include "ip/ndp_sender.h"

namespace millrace::ip {

class DuplicateDetection {
 public:
  static constexpr Duration kRetransTimer = seconds{1};  ///< RFC 4861 10
  /// Between the two announcements of an address. RFC 4861 7.2.6 allows three, a RetransTimer apart at least.
  static constexpr Duration kAnnounceInterval = seconds{2};

  /// Every IPv6 address of a port that wants detection is tentative from here on. All arguments outlive it.
  DuplicateDetection(const IpConfig& config, NdpSender& sender, IpCounters& counters);

  /// The first solicitations leave; addresses that need none are announced.
  void start(Time now) noexcept;
  /// Somebody else has our tentative address `index`.
  void refuse(std::uint16_t index, const wire::MacAddress& owner) noexcept;

  void tick(Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept { return next_deadline_; }

 private:
  struct Attempt {
    std::uint16_t index;
    std::uint8_t left;  ///< solicitations still to be sent
    Time deadline{};
  };
  struct Repeat {
    std::uint16_t index;
    Time deadline;
  };
  void try_once(Attempt& attempt, Time now) noexcept;
  void announce(std::uint16_t index, Time now) noexcept;
  void advertise(std::uint16_t index) noexcept;
  void wake_at(Time deadline) noexcept;

  const IpConfig& config_;
  NdpSender& sender_;
  IpCounters& counters_;
  std::vector<Attempt> attempts_;
  std::vector<Repeat> repeats_;  ///< announcements to come; reserved at construction
  std::optional<Time> next_deadline_;
};

}  // namespace millrace::ip
