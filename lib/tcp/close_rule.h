// Why a connection ended: one enum of rules, and for each who ended it, how, by which section or setting, in words.
//
// Every end sets exactly one rule (close.cc, listen.cc). The application is told the rule and the reason that it falls
// under (MUST-12); people read the rest of the table. A new way to end is a new row here, nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/export.h"

namespace millrace::tcp {

/// What an application acts on, like an errno.
enum class CloseReason : std::uint8_t {
  None,
  Normal,             ///< FIN both ways
  ResetByPeer,        ///< RST believed (ECONNRESET)
  Refused,            ///< RST in answer to our SYN (ECONNREFUSED)
  ConnectTimeout,     ///< nobody answered our SYN (ETIMEDOUT)
  RetransmitTimeout,  ///< R2 or the user timeout passed without an acknowledgment (ETIMEDOUT)
  KeepaliveTimeout,   ///< no answer to the keepalive probes (ETIMEDOUT)
  Unreachable,        ///< hard ICMP error while connecting (EHOSTUNREACH)
  Aborted,            ///< abort() by the application
  LocalReset,         ///< we reset: data came after close(), or close() with unread data (RFC 2525 2.17)
  FinWait2Timeout,    ///< orphan in FIN-WAIT-2, peer silent
  LingerTimeout,      ///< close() waited, and the peer did not acknowledge in time
  OrphanLimit,        ///< closed by the application when too many such connections were unfinished: reset
};
/// A word for logs, such as "reset by peer".
[[nodiscard]] MILLRACE_API std::string_view to_string(CloseReason reason) noexcept;

/// Exactly why a connection ended; info() has the words for each.
enum class CloseRule : std::uint8_t {
  None,
  // FIN both ways, by who sent the first one.
  ClosedByUs,
  ClosedByPeer,
  ClosedByBoth,
  // The peer's RST.
  RefusedByPeer,
  ResetByPeer,
  // Nobody answered.
  ConnectTimeout,
  RetransmitTimeout,
  ProbeTimeout,
  KeepaliveTimeout,
  FinWait2Timeout,
  OrphanWindow,
  LingerTimeout,
  FastOpenExpired,
  // Too many.
  OrphanLimit,
  // The network said so.
  Unreachable,
  // Our RST, by what the application did.
  Aborted,
  AbortedConnecting,
  AbortedAfterData,
  ClosedUnread,
  DataAfterClose,
  // Our RST, by a limit that the application keeps and names in abort().
  AppConnectTimeout,
  AppIdleTimeout,
  AppLimit,
  AppDrain,
  AppNoServer,
  AppOtherLeg,
  AppCheck,
  // Half-open connections: no application has heard of them.
  HalfOpenExpired,
  HalfOpenReset,
  HalfOpenSyn,
  HalfOpenRefused,
  HalfOpenUnreachable,
  Count
};
/// How many rules there are; each is below it as a number.
inline constexpr std::size_t kCloseRules = static_cast<std::size_t>(CloseRule::Count);

/// Who ended a connection.
enum class Who : std::uint8_t { Nobody, Application, Peer, Both, Network, Policy, Timer };
/// By what it ended; Open: it has not.
enum class How : std::uint8_t { Open, Fin, Reset, Refused, Timeout, Unreachable, Dropped };
/// In words, such as "the peer".
[[nodiscard]] MILLRACE_API std::string_view to_string(Who who) noexcept;
/// In words, such as "FIN" or "timeout".
[[nodiscard]] MILLRACE_API std::string_view to_string(How how) noexcept;

/// What is known of a rule. The texts live as long as the program.
struct CloseRuleInfo {
  CloseRule rule;          ///< whose row this is
  Who who;                 ///< ended it
  How how;                 ///< it ended
  CloseReason reason;      ///< that applications are told
  std::string_view name;   ///< "reset_by_peer": counters, filters, JSON
  std::string_view words;  ///< "reset by the peer"
  std::string_view by;     ///< the RFC's section, or the setting
  std::string_view next;   ///< what to do about it: a sentence; empty when there is nothing to do
};
/// The row of a rule; that of None for a value that is none.
[[nodiscard]] MILLRACE_API const CloseRuleInfo& info(CloseRule rule) noexcept;
/// The reason that a rule falls under.
[[nodiscard]] inline CloseReason reason_of(CloseRule rule) noexcept { return info(rule).reason; }
/// The rule with this CloseRuleInfo::name; nullopt when there is none.
[[nodiscard]] MILLRACE_API std::optional<CloseRule> close_rule_from(std::string_view name) noexcept;
/// Closed by FIN both ways, or a check of ours that did what it should: nothing that anybody must look at.
[[nodiscard]] MILLRACE_API bool is_normal(CloseRule rule) noexcept;
/// Belongs to a half-open connection.
[[nodiscard]] constexpr bool is_half_open(CloseRule rule) noexcept {
  return rule >= CloseRule::HalfOpenExpired && rule < CloseRule::Count;
}

}  // namespace millrace::tcp
