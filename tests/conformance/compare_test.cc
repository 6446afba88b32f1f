// The comparison itself: what it must notice.
#include "conformance/compare.h"

#include <gtest/gtest.h>

#include <set>

#include "conformance/case.h"

namespace millrace::conformance {
namespace {

constexpr Difference kListed[] = {{"group.case", "read(c) = 1", "read(c) = 2", "because"}};
const std::vector<std::string> kOne = {"write(c) = 1", "read(c) = 1"};
const std::vector<std::string> kTwo = {"write(c) = 1", "read(c) = 2"};

TEST(Compare, EqualTracesPass) { EXPECT_EQ(compare("group.other", kOne, kOne, kListed), ""); }

TEST(Compare, ADifferenceFails) {
  EXPECT_EQ(compare("group.other", kOne, kTwo, kListed), "line 2\n  linux:    read(c) = 1\n  millrace: read(c) = 2\n");
}

TEST(Compare, AListedDifferencePasses) { EXPECT_EQ(compare("group.case", kOne, kTwo, kListed), ""); }

TEST(Compare, AListedDifferenceTheOtherWayRoundFails) { EXPECT_NE(compare("group.case", kTwo, kOne, kListed), ""); }

TEST(Compare, AListedDifferenceThatDoesNotOccurFails) {
  EXPECT_EQ(compare("group.case", kOne, kOne, kListed),
            "listed, but does not occur\n  linux:    read(c) = 1\n  millrace: read(c) = 2\n");
}

TEST(Compare, ACaseThatCouldNotBeSetUpFails) {
  const std::vector<std::string> broken = {"could not set up: bind: EADDRINUSE"};
  EXPECT_NE(compare("group.other", broken, broken, kListed), "");
}

TEST(Compare, AMissingLineFails) {
  EXPECT_EQ(compare("group.other", kOne, {kOne.front()}, kListed),
            "line 2\n  linux:    read(c) = 1\n  millrace: (no line)\n");
}

TEST(Differences, NameCasesThatExist) {
  std::set<std::string> names;
  for (const Play& play : all_plays()) names.insert(play.case_name);
  for (const Difference& each : differences()) EXPECT_TRUE(names.contains(each.case_name)) << each.case_name;
}

TEST(Cases, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Play& play : all_plays()) EXPECT_TRUE(names.insert(play.name).second) << play.name;
}

}  // namespace
}  // namespace millrace::conformance
