// Names on display: every value has its own.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tcp/close_rule.h"
#include "tcp/counters.h"
#include "tcp/event.h"
#include "tcp/state.h"

namespace millrace::tcp {
namespace {

TEST(Names, StatesAsTheRfcPrintsThem) {
  const std::array<std::string_view, 12> names = {"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                  "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                  "CLOSING",     "LAST-ACK",   "TIME-WAIT",  "?"};
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(to_string(static_cast<State>(i)), names[i]);
}

TEST(Names, EveryOutcomeHasItsOwn) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < kOutcomes; ++i) seen.insert(to_string(static_cast<Outcome>(i)));
  EXPECT_EQ(seen.size(), kOutcomes);
  EXPECT_FALSE(seen.contains("?"));
  EXPECT_FALSE(seen.contains(""));
  EXPECT_EQ(to_string(Outcome::Count), "?");
  EXPECT_EQ(to_string(Outcome::Processed), "processed");
  EXPECT_EQ(to_string(Outcome::DroppedPaws), "dropped_paws");
  EXPECT_EQ(to_string(Outcome::DroppedRstToNobody), "dropped_rst_to_nobody");
}

TEST(Names, EveryReasonHasItsOwn) {
  std::set<std::string_view> seen;
  const auto last = static_cast<int>(CloseReason::OrphanLimit);
  for (int i = 0; i <= last; ++i) seen.insert(to_string(static_cast<CloseReason>(i)));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(seen.contains("?"));
  EXPECT_EQ(to_string(static_cast<CloseReason>(last + 1)), "?");
}

TEST(Names, EverySoftErrorHasItsOwn) {
  std::set<std::string_view> seen;
  const auto last = static_cast<int>(SoftError::Retransmitting);
  for (int i = 0; i <= last; ++i) seen.insert(to_string(static_cast<SoftError>(i)));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(seen.contains("?"));
  EXPECT_EQ(to_string(static_cast<SoftError>(last + 1)), "?");
}

TEST(Names, EveryRuleHasItsOwnRow) {
  std::set<std::string_view> names, words;
  for (std::size_t i = 0; i < kCloseRules; ++i) {
    const CloseRuleInfo& row = info(static_cast<CloseRule>(i));
    EXPECT_EQ(row.rule, static_cast<CloseRule>(i));
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(words.insert(row.words).second) << row.words;
    EXPECT_EQ(close_rule_from(row.name), row.rule);
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos) << row.name;
    EXPECT_EQ(row.by.empty(), i == 0) << row.name << " must name its section or setting";
  }
  EXPECT_EQ(info(CloseRule::Count).rule, CloseRule::None);
  EXPECT_EQ(close_rule_from("nonsense"), std::nullopt);
  EXPECT_EQ(to_string(info(CloseRule::ResetByPeer).who), "the peer");
  EXPECT_EQ(to_string(info(CloseRule::ResetByPeer).how), "RST");
  EXPECT_EQ(reason_of(CloseRule::ProbeTimeout), CloseReason::RetransmitTimeout);
  EXPECT_TRUE(is_normal(CloseRule::ClosedByBoth));
  EXPECT_TRUE(is_normal(CloseRule::AppCheck));
  EXPECT_FALSE(is_normal(CloseRule::FinWait2Timeout));
  EXPECT_FALSE(is_half_open(CloseRule::AppCheck));
  EXPECT_TRUE(is_half_open(CloseRule::HalfOpenSyn));
}

TEST(Names, CountersAreVisitedOnceEach) {
  TcpCounters counters;
  counters.retransmits.add(3);
  std::set<std::string> seen;
  std::uint64_t sum = 0;
  for_each(counters, [&](std::string_view name, std::uint64_t value) {
    EXPECT_TRUE(seen.emplace(name).second);
    sum += value;
    EXPECT_EQ(value, name == "retransmits" ? 3u : 0u);
  });
  const std::size_t arrays = sizeof counters.outcome + sizeof counters.closed;
  EXPECT_EQ(seen.size(), (sizeof counters - arrays) / sizeof(base::Counter));
  EXPECT_EQ(sum, 3u);
}

}  // namespace
}  // namespace millrace::tcp
