// The report: every key that the README promises, sums over parts, and the sentence about the bottleneck.
#include "report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::load {
namespace {

Options options() {
  Options options;
  options.mode = "mix";
  options.device = "net_memif0";
  options.sources = Sources::parse("10.1.0.2/24");
  options.parts = {{.mode = Mode::Rr, .target = {wire::IpAddress::v4(0x0a010001), 7}}, {.mode = Mode::SynFlood}};
  return options;
}

Measurement measurement() {
  Measurement found;
  found.seconds = 2;
  found.parts.resize(2);
  found.parts[0].mode = "rr";
  found.parts[0].count = {.requests = 1000,
                          .bytes_in = 64'000,
                          .bytes_out = 64'000,
                          .retransmissions = 1,
                          .timeouts = 2,
                          .resets = 3,
                          .failed = 4,
                          .mismatches = 5,
                          .bad_answers = 6};
  for (int us = 1; us <= 1000; ++us) found.parts[0].latency.record(microseconds{us});
  found.parts[0].held = 64;
  found.parts[0].late = 7;
  found.parts[1].mode = "synflood";
  found.parts[1].count.syns = 9000;
  found.busy_cycles = 500'000;
  found.idle_cycles = 500'000;
  found.first_mismatch = Mismatch{1024, 77, std::byte{0x41}, std::byte{0x42}};
  return found;
}

TEST(ReportTest, JsonHasWhatTheReadmePromises) {
  const auto json =
      nlohmann::json::parse(report_json(measurement(), options(), {.driver = "net_memif", .tsc_hz = 2'500'000'000}));
  EXPECT_EQ(json["mode"], "mix");
  EXPECT_EQ(json["seconds"], 2.0);
  EXPECT_EQ(json["requests"], 1000);
  EXPECT_EQ(json["requests_per_s"], 500.0);
  EXPECT_EQ(json["connections"], 0);
  EXPECT_EQ(json["connections_per_s"], 0.0);
  EXPECT_EQ(json["bytes_in"], 64'000);
  EXPECT_EQ(json["bytes_out"], 64'000);
  const auto latency = json["latency_us"];
  EXPECT_NEAR(latency["p50"].get<double>(), 500, 0.5);
  EXPECT_NEAR(latency["p90"].get<double>(), 900, 0.9);
  EXPECT_NEAR(latency["p99"].get<double>(), 990, 1);
  EXPECT_NEAR(latency["p999"].get<double>(), 999, 1);
  EXPECT_EQ(latency["p9999"], 1000.0);
  EXPECT_EQ(latency["max"], 1000.0);
  EXPECT_EQ(latency["mean"], 500.5);
  const std::pair<const char*, int> numbers[] = {
      {"retransmissions", 1},     {"timeouts", 2}, {"resets", 3},  {"failed", 4},        {"mismatches", 5},
      {"bad_answers", 6},         {"held", 64},    {"syns", 9000}, {"syns_per_s", 4500}, {"late", 7},
      {"cycles_per_request", 500}};
  for (const auto& [key, value] : numbers) EXPECT_EQ(json[key], value) << key;
  EXPECT_EQ(json["busy_share"], 0.5);
  EXPECT_EQ(json["bottleneck"], false);
  EXPECT_EQ(json["tsc_hz"], 2'500'000'000);
  EXPECT_EQ(json["first_mismatch"]["connection"], "10.1.0.2:1024");
  EXPECT_EQ(json["first_mismatch"]["offset"], 77);
  ASSERT_EQ(json["parts"].size(), 2u);
  EXPECT_EQ(json["parts"][0]["mode"], "rr");
  EXPECT_EQ(json["parts"][0]["syns"], 0);
  EXPECT_EQ(json["parts"][1]["mode"], "synflood");
  EXPECT_EQ(json["parts"][1]["syns"], 9000);
  for (const char* key : {"version", "target", "sources", "ports", "connections", "size", "answer", "rate", "verify",
                          "warmup_s", "device", "driver", "mtu", "tx_checksum", "peer_mac", "cpu", "processor"})
    EXPECT_TRUE(json["setup"].contains(key)) << key;
}

TEST(ReportTest, OnePartIsNotRepeated) {
  Measurement one = measurement();
  one.parts.resize(1);
  EXPECT_TRUE(nlohmann::json::parse(report_json(one, options(), {}))["parts"].empty());
}

TEST(ReportTest, SaysWhenTheGeneratorWasTheBottleneck) {
  Measurement busy = measurement();
  EXPECT_EQ(report_text(busy, options(), {}).find("bottleneck"), std::string::npos);
  busy.idle_cycles = 20'000;
  EXPECT_NE(report_text(busy, options(), {}).find("The generator was the bottleneck"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(report_json(busy, options(), {}))["bottleneck"].get<bool>());
}

TEST(ReportTest, TheTableShowsTheFirstMismatch) {
  EXPECT_NE(report_text(measurement(), options(), {}).find("10.1.0.2:1024, byte 77: expected 0x41, got 0x42"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::load
