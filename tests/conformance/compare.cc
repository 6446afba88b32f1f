#include "conformance/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace millrace::conformance {
namespace {

// A case that could not be set up on both says nothing.
constexpr const char* kBroken = "could not";

const Difference* find(std::span<const Difference> listed, const std::string& case_name, const std::string& linux,
                       const std::string& millrace) {
  const auto found = std::ranges::find_if(listed, [&](const Difference& each) {
    return case_name == each.case_name && linux == each.linux && millrace == each.millrace;
  });
  return found == listed.end() ? nullptr : &*found;
}

}  // namespace

std::string compare(const std::string& case_name, const std::vector<std::string>& linux,
                    const std::vector<std::string>& millrace, std::span<const Difference> listed) {
  std::string wrong;
  std::set<const Difference*> seen;
  for (std::size_t i = 0; i < std::max(linux.size(), millrace.size()); ++i) {
    const std::string& left = i < linux.size() ? linux[i] : "(no line)";
    const std::string& right = i < millrace.size() ? millrace[i] : "(no line)";
    if (left == right && !left.starts_with(kBroken)) continue;
    if (const Difference* difference = find(listed, case_name, left, right))
      seen.insert(difference);
    else
      wrong += fmt::format("line {}\n  linux:    {}\n  millrace: {}\n", i + 1, left, right);
  }
  for (const Difference& each : listed)
    if (case_name == each.case_name && !seen.contains(&each))
      wrong += fmt::format("listed, but does not occur\n  linux:    {}\n  millrace: {}\n", each.linux, each.millrace);
  return wrong;
}

}  // namespace millrace::conformance
