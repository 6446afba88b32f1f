// Who may knock at a listener: verdicts by the peer's network, the longest prefix first.
//
// Asked once per segment that belongs to no connection, so connections that exist cost nothing. The rules are few and
// bounded: a list, as in ip/routes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire/address.h"

namespace millrace::tcp {

/// What becomes of a segment that knocks: served, answered by RST as if nobody listened, or not answered at all.
enum class Verdict : std::uint8_t { Accept, Reject, Drop };

/// Verdicts by network; a peer gets that of the longest prefix it lies in. A value: copied into the listener.
class AccessRules {
 public:
  static constexpr std::size_t kMostRules = 256;  ///< as many networks may have a rule

  /// Everybody is accepted.
  AccessRules() = default;
  /// `otherwise`: for who lies in no network that has a rule.
  explicit AccessRules(Verdict otherwise) noexcept : otherwise_(otherwise) {}

  /// False when there is a rule for this network already, or no room for more.
  [[nodiscard]] bool add(const wire::IpPrefix& from, Verdict verdict) {
    const auto same = [&](const Rule& rule) {
      return rule.from.length == from.length && rule.from.contains(from.address);
    };
    if (rules_.size() == kMostRules || std::any_of(rules_.begin(), rules_.end(), same)) return false;
    const auto shorter = [&](const Rule& rule) { return rule.from.length < from.length; };
    rules_.insert(std::find_if(rules_.begin(), rules_.end(), shorter), {from, verdict});
    return true;
  }

  /// What becomes of this peer's segments.
  [[nodiscard]] Verdict verdict(const wire::IpAddress& peer) const noexcept {
    for (const Rule& rule : rules_)
      if (rule.from.contains(peer)) return rule.verdict;
    return otherwise_;
  }

 private:
  struct Rule {
    wire::IpPrefix from;
    Verdict verdict;
  };
  std::vector<Rule> rules_;  ///< longest prefix first
  Verdict otherwise_ = Verdict::Accept;
};

}  // namespace millrace::tcp
