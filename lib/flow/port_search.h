// Which port an active open may get: free ones of this worker, in random order (RFC 6056 3.3.2, its Algorithm 2).
//
// Each candidate is drawn uniformly from all that are free, at any occupancy and whatever was drawn before: an attacker
// who sees some of our ports learns nothing about the next one. Algorithms 3 to 5 trade that for a longer time until a
// port comes again, so that it does not meet a TIME-WAIT entry; here the ledger knows our entries, and the peer's give
// way to a SYN whose number and timestamp are newer (RFC 6191). Algorithm 1 favours ports behind long runs of taken
// ones.
//
// The generator need not be one that nobody can predict: what it gives goes through SipHash under the ledger's secret.
//
// A draw looks at a port and asks whose it is, so it succeeds once in workers / (share of free ports) times. When 16
// per worker have failed the free ports are counted and one is picked by rank: bounded, however few are left.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "flow/port_ledger.h"

namespace millrace::flow {

/// One search; lives while nothing is taken or given back.
class PortSearch {
 public:
  static constexpr std::uint32_t kDrawsPerWorker = 16;

  /// `key` without local port; `local` is the address that key.local_index names.
  PortSearch(PortLedger& ledger, const FlowKey& key, const wire::IpAddress& local, base::Random& random) noexcept;

  /// The next candidate; 0 when there is none, or each was offered in vain. The caller may refuse one for a reason that
  /// the ledger does not know (a listener, an accepted connection) and ask again.
  [[nodiscard]] std::uint16_t next() noexcept;
  /// Draws for the next search towards this destination, too, which offers that port first if it is still free: what it
  /// will touch can be fetched until then. Not (0) while nothing is taken, nor when more than half of the ports are:
  /// who knows what was free then, because all that was taken has been given back since, guesses at most twice as well.
  std::uint16_t look_ahead() noexcept;

 private:
  [[nodiscard]] std::uint16_t drawn_ahead() noexcept;
  [[nodiscard]] std::uint16_t draw() noexcept;
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept;
  void begin_walk() noexcept;
  [[nodiscard]] bool may_use(std::uint32_t index) noexcept;
  [[nodiscard]] bool has_map() const noexcept { return destination_ != nullptr && destination_->map != base::kNoIndex; }
  [[nodiscard]] std::uint32_t count_candidates() noexcept;
  [[nodiscard]] std::uint32_t candidate(std::uint32_t rank) noexcept;
  [[nodiscard]] std::uint32_t candidate_from(std::uint32_t index) noexcept;

  PortLedger& ledger_;
  base::Random& random_;
  PortDestination* destination_;  ///< nullptr: nothing is taken
  PortOwners owners_;
  std::uint32_t size_;
  std::uint32_t draws_left_;
  bool walking_ = false;
  std::uint32_t walk_left_ = 0;  ///< candidates not offered by the walk
  std::uint32_t at_ = 0;         ///< where the walk goes on
};

}  // namespace millrace::flow
