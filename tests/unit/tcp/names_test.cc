// Names on display: every value has its own.
#include <gtest/gtest.h>

#include <set>
#include <string>

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
  const auto last = static_cast<int>(CloseReason::Drained);
  for (int i = 0; i <= last; ++i) seen.insert(to_string(static_cast<CloseReason>(i)));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(seen.contains("?"));
  EXPECT_EQ(to_string(static_cast<CloseReason>(last + 1)), "?");
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
  EXPECT_EQ(seen.size(), 21u);
  EXPECT_EQ(sum, 3u);
}

}  // namespace
}  // namespace millrace::tcp
