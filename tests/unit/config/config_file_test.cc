// Reading the file, and whether the memory suffices.
#include <gtest/gtest.h>

#include <fstream>

#include "config_file.h"
#include "memory_check.h"

namespace millrace::config {
namespace {

TEST(ConfigFile, SaysWhyItCannotBeRead) {
  Diagnostics errors("nowhere.toml");
  EXPECT_EQ(read_file("/nonexistent/nowhere.toml", errors), std::nullopt);
  EXPECT_EQ(errors.to_string(),
            "nowhere.toml: cannot be read: No such file or directory. Check the path given with -c.\n");
}

TEST(ConfigFile, IsReadWhole) {
  const std::string path = ::testing::TempDir() + "millrace_config_test.toml";
  std::ofstream(path) << "a = 1\n\nb = 2\n";
  Diagnostics errors(path);
  EXPECT_EQ(read_file(path, errors), "a = 1\n\nb = 2\n");
  EXPECT_TRUE(errors.empty());
  std::remove(path.c_str());
}

TEST(ConfigFile, MayBeEmpty) {
  const std::string path = ::testing::TempDir() + "millrace_config_empty_test.toml";
  std::ofstream(path).flush();
  Diagnostics errors("e.toml");
  EXPECT_EQ(read_file(path, errors), "");
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(read_file(::testing::TempDir(), errors), std::nullopt);
  EXPECT_EQ(errors.to_string(), "e.toml: cannot be read: Is a directory. Check the path given with -c.\n");
  std::remove(path.c_str());
}

TEST(Memory, IsReadFromTheKernelsWords) {
  const auto available = [](const char* meminfo) { return free_memory(meminfo, {}).ordinary_bytes; };
  EXPECT_EQ(available("MemTotal:       4000000 kB\nMemAvailable:   3000000 kB\nMemAvailableX:  1 kB"), 3000000u * 1024);
  EXPECT_EQ(available("MemAvailable: 5"), 5u * 1024);
  for (const char* nothing : {"", "MemAvailable:", "MemAvailable:  \nMemFree: 1", "MemAvailable: x"})
    EXPECT_EQ(available(nothing), 0u) << nothing;
}

TEST(Memory, HugepagesAreThoseThatEalFinds) {
  const char* meminfo = "HugePages_Free:        4\nHugepagesize:       2048 kB";
  EXPECT_EQ(free_memory(meminfo, {.free_hugepage_mb = 0, .cpus = {}}).hugepage_bytes, 0u);
  EXPECT_EQ(free_memory("", {.free_hugepage_mb = 5000, .cpus = {}}).hugepage_bytes, std::uint64_t{5000} << 20);
}

TEST(Memory, OfTheTablesIsCheckedBesideGivenEalArguments) {
  RuntimeConfig config;
  config.settings.eal_arguments = {"-m", "64"};
  config.settings.hugepages = stack::Hugepages::On;
  config.settings.connections = 2048;
  config.settings.time_waits = 0;
  config.settings.half_open = 0;
  config.settings.closed_ring = 0;
  config.settings.packets = 4096;
  // 2048 connections of 1056 bytes and 4096 records of 64.
  constexpr std::uint64_t kNeeded = 2048 * 1056 + 4096 * 64;
  Diagnostics errors("f");
  check_memory(config, {0, kNeeded}, errors);
  EXPECT_EQ(errors.to_string(), "");
  check_memory(config, {0, kNeeded - 1}, errors);
  EXPECT_EQ(
      errors.to_string(),
      "f:1: the tables of 2048 connections need 3 MiB of memory, 3 MiB are free. Lower connections in [limits], or "
      "free memory.\n");
}

TEST(Memory, ShortageIsAnErrorOfTheLimits) {
  RuntimeConfig config;
  config.settings.packets = 4096;
  config.settings.connections = 1000;
  config.settings.time_waits = 0;
  config.settings.half_open = 0;
  config.settings.hugepages = stack::Hugepages::On;
  config.limits_line = 9;
  // 4096 data packets and 512 + 8192 control packets: 10 MiB + 6.375 MiB, and EAL's own 64 MiB.
  Diagnostics errors("f");
  check_memory(config, {100u << 20, 2u << 20}, errors);
  EXPECT_EQ(errors.to_string(), "");
  check_memory(config, {80u << 20, 2u << 20}, errors);
  EXPECT_EQ(errors.to_string(),
            "f:9: 12800 packets and 1000 connections need 87 MiB of hugepages, 80 MiB are free. Reserve more (sysctl "
            "vm.nr_hugepages) with hugetlbfs mounted, lower connections in [limits], or set hugepages = \"off\".\n");
  errors = Diagnostics("f");
  config.settings.hugepages = stack::Hugepages::Off;
  config.limits_line = RuntimeConfig{}.limits_line;
  check_memory(config, {0, 81u << 20}, errors);
  EXPECT_EQ(errors.to_string(),
            "f:1: 12800 packets and 1000 connections need 89 MiB of memory, 81 MiB are free. Lower connections in "
            "[limits], or free memory.\n");
}

}  // namespace
}  // namespace millrace::config
