// Settings to EAL arguments, for machines with and without hugepages.
#include <gtest/gtest.h>

#include <stdexcept>

#include "io/eal.h"

namespace millrace::io {
namespace {

using Arguments = std::vector<std::string>;

TEST(HugepagesTest, CountWhereTheirSizeIsMounted) {
  const HugepagePool pools[] = {{2048, 100}, {1'048'576, 3}};
  const auto mb = [&](std::string_view mounts) { return mounted_hugepage_mb(mounts, 2048, pools); };
  const std::string other = "proc /proc proc rw 0 0\ntmpfs /hugetlbfs tmpfs rw,pagesize=2M 0 0\n";
  EXPECT_EQ(mb(""), 0u);
  EXPECT_EQ(mb(other), 0u);
  EXPECT_EQ(mb(other + "hugetlbfs /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0\n"), 200u);
  EXPECT_EQ(mb("none /huge hugetlbfs rw,relatime,pagesize=1024M 0 0\n"), 3072u);
  EXPECT_EQ(mb("none /huge hugetlbfs rw,pagesize=1G,mode=700 0 0\n"), 3072u);
  EXPECT_EQ(mb("none /huge hugetlbfs rw,pagesize=2048K 0 0\n"), 200u);
  EXPECT_EQ(mb("none /huge hugetlbfs rw,relatime 0 0\n"), 200u) << "the default size";
  EXPECT_EQ(mb("a /a hugetlbfs rw,pagesize=2M 0 0\nb /b hugetlbfs rw,pagesize=2M 0 0\n"), 200u) << "one pool";
  EXPECT_EQ(mb("a /a hugetlbfs rw,pagesize=2M 0 0\nb /b hugetlbfs rw,pagesize=1G 0 0\n"), 3272u);
}

TEST(EalArgumentsTest, WithoutHugepagesItRunsOnOrdinaryMemoryAndKeepsTelemetry) {
  EXPECT_EQ(eal_arguments({}, {.free_hugepage_mb = 0, .cpus = {0, 1}}),
            (Arguments{"millrace", "--file-prefix", "millrace", "-m", "512", "--no-huge", "--no-shconf", "--lcores",
                       "0@(0,1)", "--no-pci", "--log-level", "lib.eal:error", "--log-level", "lib.telemetry:error",
                       "--log-level", "pmd.net.tap:error"}));
}

TEST(EalArgumentsTest, EverySettingArrives) {
  const EalConfig config{.memory_mb = 256,
                         .hugepages = Hugepages::Yes,
                         .lcores = "0@2,1@3",
                         .file_prefix = "edge",
                         .vdevs = {"net_tap0,iface=a", "net_null0"},
                         .pci_allow = {"0000:03:00.0", "0000:03:00.1"},
                         .log_level = "debug",
                         .telemetry = false};
  EXPECT_EQ(eal_arguments(config, {.free_hugepage_mb = 256, .cpus = {7}}), (Arguments{"millrace",
                                                                                      "--file-prefix",
                                                                                      "edge",
                                                                                      "-m",
                                                                                      "256",
                                                                                      "--lcores",
                                                                                      "0@2,1@3",
                                                                                      "-a",
                                                                                      "0000:03:00.0",
                                                                                      "-a",
                                                                                      "0000:03:00.1",
                                                                                      "--vdev",
                                                                                      "net_tap0,iface=a",
                                                                                      "--vdev",
                                                                                      "net_null0",
                                                                                      "--no-telemetry",
                                                                                      "--log-level",
                                                                                      "lib.eal:debug",
                                                                                      "--log-level",
                                                                                      "lib.telemetry:debug",
                                                                                      "--log-level",
                                                                                      "pmd.net.tap:debug"}));
}

bool on_ordinary_memory(const EalConfig& config, std::uint64_t free_mb) {
  const Arguments arguments = eal_arguments(config, {.free_hugepage_mb = free_mb, .cpus = {0}});
  return std::find(arguments.begin(), arguments.end(), "--no-huge") != arguments.end();
}

TEST(EalArgumentsTest, OneFileIsForHugepagesOnly) {
  const auto in_one_file = [](std::uint64_t free_mb) {
    const Arguments arguments =
        eal_arguments({.memory_mb = 64, .single_file = true}, {.free_hugepage_mb = free_mb, .cpus = {0}});
    return std::find(arguments.begin(), arguments.end(), "--single-file-segments") != arguments.end();
  };
  EXPECT_TRUE(in_one_file(64));
  EXPECT_FALSE(in_one_file(63));
}

TEST(EalArgumentsTest, AutomaticHugepagesNeedEnoughOfThem) {
  EXPECT_TRUE(on_ordinary_memory({.memory_mb = 100}, 99));
  EXPECT_FALSE(on_ordinary_memory({.memory_mb = 100}, 100));
  EXPECT_TRUE(on_ordinary_memory({.memory_mb = 100, .hugepages = Hugepages::No}, 100));
}

TEST(EalArgumentsTest, DemandedHugepagesThatAreMissingSayWhatToDo) {
  try {
    (void)eal_arguments({.memory_mb = 101, .hugepages = Hugepages::Yes}, {.free_hugepage_mb = 100, .cpus = {0}});
    FAIL();
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("100 MB of them are free and 101 MB are needed"), std::string::npos) << text;
    EXPECT_NE(text.find("echo 51 >"), std::string::npos) << text;
  }
}

TEST(EalArgumentsTest, NoMemoryIsRefused) {
  EXPECT_THROW((void)eal_arguments({.memory_mb = 0}, {.free_hugepage_mb = 1, .cpus = {0}}), std::runtime_error);
  EXPECT_NO_THROW((void)eal_arguments({.memory_mb = 1}, {.free_hugepage_mb = 1, .cpus = {0}}));
}

TEST(EalArgumentsTest, ThisMachineHasACpu) { EXPECT_FALSE(this_machine().cpus.empty()); }

}  // namespace
}  // namespace millrace::io
