#include "values.h"

#include <gtest/gtest.h>

#include "diagnostics.h"

namespace millrace::config {
namespace {

TEST(Duration, ReadsNumberAndUnit) {
  EXPECT_EQ(parse_duration("3s"), seconds{3});
  EXPECT_EQ(parse_duration("200ms"), milliseconds{200});
  EXPECT_EQ(parse_duration("5m"), minutes{5});
  EXPECT_EQ(parse_duration("1h"), hours{1});
  EXPECT_EQ(parse_duration("7us"), microseconds{7});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "3", "s", "3 s", " 3s", "3S", "-3s", "+3s", "3.5s", "3s ", "3sec", "3d", "0x3s", "18446744073709551616s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, EndsWhereNanosecondsEnd) {
  EXPECT_EQ(parse_duration("9223372036s"), Duration{seconds{9223372036}});
  EXPECT_EQ(parse_duration("9223372037s"), std::nullopt);
  EXPECT_EQ(parse_duration("2562047h"), Duration{hours{2562047}});
  EXPECT_EQ(parse_duration("2562048h"), std::nullopt);
}

TEST(Duration, IsPrintedInTheLargestWholeUnit) {
  EXPECT_EQ(format_duration(Duration{0}), "0s");
  EXPECT_EQ(format_duration(seconds{90}), "90s");
  EXPECT_EQ(format_duration(minutes{5}), "5m");
  EXPECT_EQ(format_duration(hours{2}), "2h");
  EXPECT_EQ(format_duration(milliseconds{200}), "200ms");
  EXPECT_EQ(format_duration(microseconds{1500}), "1500us");
  EXPECT_EQ(format_duration(nanoseconds{1}), "1ns");
}

TEST(Size, ReadsBytesAndBinaryUnits) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("65536"), 65536u);
  EXPECT_EQ(parse_size("256KiB"), 262144u);
  EXPECT_EQ(parse_size("4MiB"), 4194304u);
  EXPECT_EQ(parse_size("2GiB"), 2147483648u);
  EXPECT_EQ(parse_size("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "KiB", "1KB", "1 KiB", "-1", "1.5MiB", "17179869184GiB"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Size, IsPrintedInMebibytesRoundedUp) {
  EXPECT_EQ(format_mebibytes(0), "0 MiB");
  EXPECT_EQ(format_mebibytes(1), "1 MiB");
  EXPECT_EQ(format_mebibytes(1u << 20), "1 MiB");
  EXPECT_EQ(format_mebibytes((1u << 20) + 1), "2 MiB");
}

TEST(Endpoint, ReadsBothVersions) {
  const auto v4 = parse_endpoint("10.0.0.1:80");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->address, wire::IpAddress::v4(0x0a000001));
  EXPECT_EQ(v4->port, 80);
  const auto v6 = parse_endpoint("[::1]:65535");
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->address.is_loopback());
  EXPECT_EQ(v6->port, 65535);
  EXPECT_EQ(parse_endpoint("1.2.3.4:1")->port, 1);
}

TEST(Endpoint, RefusesEverythingElse) {
  for (const char* text :
       {"", ":", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:80x", ":80", "10.0.0:80", "::1:80",
        "[10.0.0.1]:80", "[::1]", "[::1]80", "[:80", "]:80", "[]:80", "host:80", "10.0.0.1:+80", "10.0.0.1:-1"})
    EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
}

TEST(Endpoint, IsPrintedAsItIsRead) {
  for (const char* text : {"10.0.0.1:80", "[2001:db8::1]:443"}) EXPECT_EQ(format_endpoint(*parse_endpoint(text)), text);
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"connections", "time_waits", "port", "to"};
  EXPECT_EQ(nearest("conections", known), "connections");
  EXPECT_EQ(nearest("connection", known), "connections");
  EXPECT_EQ(nearest("prt", known), "port");
  EXPECT_EQ(nearest("part", known), "port");
  EXPECT_EQ(nearest("ports", known), "port");
  EXPECT_EQ(nearest("t", known), "to");
  EXPECT_EQ(nearest("prot", known), "port") << "neighbours swapped: one mistake";
  EXPECT_EQ(nearest("conectoins", known), "connections");
  EXPECT_EQ(nearest("cxnnxctixns", known), "connections") << "three of eleven letters";
  EXPECT_EQ(nearest("cxnnxctixnx", known), std::nullopt) << "four of eleven letters";
}

TEST(Nearest, DoesNotGuessWildly) {
  const std::vector<std::string> known = {"port", "upstream"};
  EXPECT_EQ(nearest("color", known), std::nullopt);
  EXPECT_EQ(nearest("p", known), std::nullopt);
  EXPECT_EQ(nearest("prtt", {}), std::nullopt);
  EXPECT_EQ(nearest("wxrt", known), std::nullopt) << "two of four letters are wrong";
}

TEST(Nearest, PrefersTheNearer) {
  const std::vector<std::string> known = {"abcdef", "abcdxx", "abcdxy"};
  EXPECT_EQ(nearest("abcdxy", known), "abcdxy");
  EXPECT_EQ(nearest("abcdxz", known), "abcdxx") << "the first of equals";
}

TEST(Diagnostics, AreSortedByLineAndKeepTheirOrderWithinOne) {
  Diagnostics errors("a.toml");
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(errors.to_string(), "");
  errors.add(7, "late", "Do it.");
  errors.add(2, "first", "Do this.");
  errors.add(0, "whole", "Do that.");
  errors.add(2, "second", "Do so.");
  EXPECT_FALSE(errors.empty());
  EXPECT_EQ(errors.to_string(),
            "a.toml: whole. Do that.\n"
            "a.toml:2: first. Do this.\n"
            "a.toml:2: second. Do so.\n"
            "a.toml:7: late. Do it.\n");
}

}  // namespace
}  // namespace millrace::config
