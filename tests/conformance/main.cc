// The sockets conformance test: each case runs on Linux and on Millrace, and the two traces have to be equal, but for
// the differences that differences.cc lists.
//
//   conformance [gtest options]                 a test per case
//   conformance --print linux|millrace [CASE]   traces
//   conformance --print differences             what is listed, with the reasons
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <span>
#include <string_view>

#include "conformance/compare.h"
#include "conformance/linux_traces.h"

namespace millrace::conformance {
namespace {

/// Runs the cases that were chosen on Linux, all at once, before the first test.
class LinuxTraces : public testing::Environment {
 public:
  explicit LinuxTraces(std::vector<Play> plays) : plays_(std::move(plays)) {}
  void SetUp() override {
    std::erase_if(plays_, [chosen = chosen_tests()](const Play& play) { return !chosen.contains(play.name); });
    traces = linux_traces(plays_);
  }

  static inline Traces traces;

 private:
  static std::set<std::string> chosen_tests() {
    std::set<std::string> names;
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i)
      for (int j = 0; j < all.GetTestSuite(i)->total_test_count(); ++j) {
        const testing::TestInfo& test = *all.GetTestSuite(i)->GetTestInfo(j);
        if (test.should_run()) names.insert(std::string{test.test_suite_name()} + "." + test.name());
      }
    return names;
  }

  std::vector<Play> plays_;
};

class PlayTest : public testing::Test {
 public:
  explicit PlayTest(const Play& play) : play_(play) {}
  void TestBody() override {
    const auto linux = LinuxTraces::traces.find(play_.name);
    ASSERT_NE(linux, LinuxTraces::traces.end()) << "no trace of Linux: its process died";
    const auto world = millrace_world();
    const std::string wrong = compare(play_.case_name, linux->second, perform(play_, *world), differences());
    if (!wrong.empty()) ADD_FAILURE() << wrong;
  }

 private:
  Play play_;
};

void register_tests(const std::vector<Play>& plays) {
  for (const Play& play : plays) {
    const std::size_t dot = play.name.find('.');
    testing::RegisterTest(play.name.substr(0, dot).c_str(), play.name.substr(dot + 1).c_str(), nullptr, nullptr,
                          __FILE__, __LINE__, [play]() -> PlayTest* { return new PlayTest(play); });
  }
}

Traces traces_of(std::string_view system, std::span<const Play> plays) {
  if (system == "linux") return linux_traces(plays);
  Traces traces;
  for (const Play& play : plays) traces[play.name] = perform(play, *millrace_world());
  return traces;
}

int print_traces(std::string_view system, std::span<const Play> plays) {
  Traces traces = traces_of(system, plays);
  const bool complete = traces.size() == plays.size();
  for (const Play& play : plays) {
    fmt::print("{}\n", play.name);
    for (const std::string& line : traces[play.name]) fmt::print("  {}\n", line);
  }
  return complete ? 0 : 1;
}

int print_differences() {
  for (const Difference& each : differences())
    fmt::print("{}\n  linux:    {}\n  millrace: {}\n  {}\n", each.case_name, each.linux, each.millrace, each.reason);
  return 0;
}

int print(std::span<char* const> words) {
  const std::string_view what = words.empty() ? "" : words[0];
  if (what == "differences" && words.size() == 1) return print_differences();
  if ((what != "linux" && what != "millrace") || words.size() > 2) {
    std::fputs("usage: conformance --print linux|millrace [CASE], or --print differences\n", stderr);
    return 2;
  }
  std::vector<Play> plays = all_plays();
  if (words.size() == 2) std::erase_if(plays, [&](const Play& play) { return play.name != words[1]; });
  return print_traces(what, plays);
}

}  // namespace
}  // namespace millrace::conformance

int main(int argc, char** argv) {
  using namespace millrace::conformance;
  if (argc > 1 && std::string_view{argv[1]} == "--print")
    return print(std::span{argv, static_cast<std::size_t>(argc)}.subspan(2));
  testing::InitGoogleTest(&argc, argv);
  std::vector<Play> plays = all_plays();
  register_tests(plays);
  testing::AddGlobalTestEnvironment(new LinuxTraces(std::move(plays)));
  return RUN_ALL_TESTS();
}
