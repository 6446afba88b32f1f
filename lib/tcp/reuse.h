// Opening a 4-tuple again that is in TIME-WAIT here (RFC 6191, RFC 1122 4.2.2.13): when an opener may, and which entry
// goes first.
//
// It may when the connection was opened from here, used timestamps, and has been in TIME-WAIT for more than a second:
// then the timestamps of the new one are greater, so the peer can tell its segments from old duplicates. The entries of
// one destination form a list, oldest first, whose ends lie in the port ledger's record of it. Without timestamps an
// entry is never in a list: the sequence numbers alone do not tell old from new.
#pragma once

#include <cstdint>

#include "base/pages.h"
#include "base/time.h"
#include "flow/port_ledger.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
struct OpenOptions;

/// RFC 6191 counts in ticks of the timestamp clock and asks for more than one second with clocks as slow as 1 Hz.
inline constexpr Duration kReuseAge = std::chrono::seconds{1};

/// The lists' links, one pair per TIME-WAIT entry, beside the entries: only those that this side opened have them.
class ReuseOrder {
 public:
  /// Throws std::bad_alloc.
  explicit ReuseOrder(std::uint32_t entries) : memory_((std::size_t{entries} + 1) * sizeof(Links)) {}
  void push_newest(flow::PortDestination& destination, std::uint32_t entry) noexcept;
  void remove(flow::PortDestination& destination, std::uint32_t entry) noexcept;

 private:
  struct Links {
    std::uint32_t older;
    std::uint32_t newer;
  };
  [[nodiscard]] Links& links(std::uint32_t entry) noexcept { return static_cast<Links*>(memory_.data())[entry]; }

  base::Pages memory_;
};

// Kept by time_wait.cc.
/// An entry of an active opener begins. Nothing happens without timestamps, or when its port is not in the ledger.
void offer_for_reuse(std::uint32_t entry, Env& env) noexcept;
/// Its 2 MSL begin anew.
void restart_reuse(std::uint32_t entry, Env& env) noexcept;
/// It ends.
void withdraw_from_reuse(std::uint32_t entry, Env& env) noexcept;

/// Whether this side may open the entry's 4-tuple again now.
[[nodiscard]] bool may_reuse(std::uint32_t entry, const Env& env) noexcept;
/// The oldest entry towards the key's destination that may be used again, whatever the key's local port; kNoIndex when
/// there is none.
[[nodiscard]] std::uint32_t oldest_reusable(const flow::FlowKey& key, Env& env) noexcept;
/// Ends an entry that may be used again and opens its 4-tuple; nullptr when the table of connections is full, and the
/// entry stays. `local` is the address that the key's local_index names.
[[nodiscard]] Tcb* open_again(std::uint32_t entry, const wire::IpAddress& local, const OpenOptions& options,
                              Env& env) noexcept;

}  // namespace millrace::tcp
