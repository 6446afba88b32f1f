// Command lines: what they ask for, and that each mistake names the option and what it wants.
#include "options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::load {
namespace {

Parsed parse(std::vector<std::string> words) {
  std::vector<const char*> argv{"millrace-load"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

const std::vector<std::string> kNeeded = {"--device", "net_tap0", "--source", "10.1.0.2/24", "--target", "10.1.0.1:7"};

Options good(std::vector<std::string> words) {
  words.insert(words.end(), kNeeded.begin(), kNeeded.end());
  const Parsed parsed = parse(words);
  EXPECT_EQ(parsed.exit_code, std::nullopt);
  return parsed.options;
}

/// What is said of a wrong one.
std::string error_of(std::vector<std::string> words) {
  words.insert(words.end(), kNeeded.begin(), kNeeded.end());
  testing::internal::CaptureStderr();
  const Parsed parsed = parse(words);
  EXPECT_EQ(parsed.exit_code, 2);
  return testing::internal::GetCapturedStderr();
}

TEST(LoadOptionsTest, DefaultsOfEachMode) {
  const Options options = good({"rr"});
  ASSERT_EQ(options.parts.size(), 1u);
  EXPECT_EQ(options.parts[0].mode, Mode::Rr);
  EXPECT_EQ(options.parts[0].connections, 64u);
  EXPECT_EQ(options.parts[0].answer_size(), 64u);
  EXPECT_EQ(options.parts[0].rate, 0);
  EXPECT_EQ(options.parts[0].target, (Target{wire::IpAddress::v4(0x0a010001), 7}));
  EXPECT_EQ(options.length, seconds{10});
  EXPECT_EQ(options.warmup, seconds{1});
  EXPECT_EQ(options.ports, (PortRange{1024, 65535}));
  EXPECT_FALSE(options.verify);
  for (const char* mode : {"cps", "hold", "bulk", "synflood", "http"}) EXPECT_EQ(good({mode}).mode, mode);
}

TEST(LoadOptionsTest, NumbersHaveUnits) {
  const Options options = good({"rr", "--rate", "1.5M", "--connections", "20k", "--size", "16KiB", "--answer", "1",
                                "--seconds", "0.5", "--rto", "50ms", "--window", "64KiB"});
  EXPECT_EQ(options.parts[0].rate, 1.5e6);
  EXPECT_EQ(options.parts[0].connections, 20'000u);
  EXPECT_EQ(options.parts[0].size, 16384u);
  EXPECT_EQ(options.parts[0].answer_size(), 1u);
  EXPECT_EQ(options.length, milliseconds{500});
  EXPECT_EQ(options.rto, milliseconds{50});
  EXPECT_EQ(options.window, 65536u);
}

TEST(LoadOptionsTest, AMixTakesItsDefaultsFromTheCommandLine) {
  const Options options = good({"mix", "--connections", "7", "--part", "rr size=1", "--part",
                                "synflood target=10.1.0.1:80 rate=1M from=10.9.0.0/16"});
  ASSERT_EQ(options.parts.size(), 2u);
  EXPECT_EQ(options.parts[0].connections, 7u);
  EXPECT_EQ(options.parts[0].size, 1u);
  EXPECT_EQ(options.parts[1].mode, Mode::SynFlood);
  EXPECT_EQ(options.parts[1].target.port, 80);
  EXPECT_EQ(options.parts[1].rate, 1e6);
  EXPECT_EQ(options.parts[1].from->count(), 65536u);
}

TEST(LoadOptionsTest, EachMistakeIsNamed) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"walk"}, "'walk' is no mode"},
      {{"rr", "--rate", "fast"}, "--rate wants a number per second"},
      {{"rr", "--connections", "0"}, "--connections wants a whole number"},
      {{"rr", "--connections", "70k"}, "rr has 70000 connections, but its addresses and ports are good for 64512"},
      {{"rr", "--size", "0"}, "--size wants bytes"},
      {{"cps", "--close", "me"}, "--close wants client or server"},
      {{"bulk", "--direction", "left"}, "--direction wants down, up or both"},
      {{"http", "--path", "index"}, "--path wants a path"},
      {{"http", "--keep-alive", "maybe"}, "--keep-alive wants yes or no"},
      {{"synflood", "--from", "10.0.0.0/4"}, "--from wants a block"},
      {{"rr", "--verify", "--answer", "3"}, "--verify expects the request back"},
      {{"rr", "--ports", "9-8"}, "--ports wants FIRST-LAST"},
      {{"rr", "--mac", "ff:ff:ff:ff:ff:ff"}, "--mac wants the address of a station"},
      {{"rr", "--gateway", "x"}, "--gateway wants an address"},
      {{"rr", "--gateway", "2001:db8::1"}, "--gateway and --source are of different IP versions"},
      {{"rr", "--seconds", "0"}, "--seconds wants seconds"},
      {{"rr", "--rto", "1"}, "--rto wants a time"},
      {{"rr", "--window", "1"}, "--window wants bytes"},
      {{"rr", "--hugepages", "many"}, "--hugepages wants on, off or auto"},
      {{"rr", "--part", "rr"}, "--part belongs to mix"},
      {{"mix"}, "mix needs parts"},
      {{"mix", "--part", ""}, "--part is empty"},
      {{"mix", "--part", "run"}, "'run' is no mode"},
      {{"mix", "--part", "rr size"}, "'size' is no option"},
      {{"mix", "--part", "rr colour=1"}, "'colour=1' is no option"},
      {{"mix", "--part", "rr", "--part", "rr target=10.1.0.9:7"}, "parts without --gateway need one target address"},
      {{"mix", "--part", "rr target=10.2.0.9:7"}, "10.2.0.9 is not in the network of --source"},
      {{"mix", "--part", "rr target=[2001:db8::1]:7"}, "--source and --target are of different IP versions"}};
  for (const auto& [words, text] : mistakes) {
    const std::string said = error_of(words);
    EXPECT_NE(said.find(text), std::string::npos) << said << "lacks: " << text;
  }
}

TEST(LoadOptionsTest, WhatIsNeededIsDemanded) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"rr", "--device", "net_tap0", "--target", "10.1.0.1:7"}).exit_code, 2);
  EXPECT_EQ(parse({"rr", "--source", "10.1.0.2/24", "--target", "10.1.0.1:7"}).exit_code, 2);
  EXPECT_EQ(parse({"rr", "--device", "net_tap0", "--source", "10.1.0.2/24"}).exit_code, 2);
  EXPECT_EQ(parse({"rr", "--device", "net_tap0", "--source", "10.1.0.2", "--target", "10.1.0.1:7"}).exit_code, 2);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("--target is missing"), std::string::npos) << said;
  EXPECT_NE(said.find("--source wants ADDRESS/LENGTH"), std::string::npos) << said;
}

}  // namespace
}  // namespace millrace::load
