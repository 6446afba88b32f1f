// Settings to EAL arguments, and what of the machine decides about them.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "io/eal.h"

namespace millrace::io {
namespace {

namespace fs = std::filesystem;

/// In KiB, of a mount's options: "rw,relatime,pagesize=2M".
std::uint64_t page_size_of(const std::string& options, std::uint64_t default_kb) {
  constexpr std::string_view kOption = "pagesize=";
  const auto at = options.find(kOption);
  if (at == std::string::npos) return default_kb;
  char* unit = nullptr;
  const std::uint64_t size = std::strtoull(options.c_str() + at + kOption.size(), &unit, 10);
  return *unit == 'G' ? size << 20 : *unit == 'M' ? size << 10 : size;
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

std::uint64_t number_in(const fs::path& file) {
  std::uint64_t number = 0;
  std::ifstream{file} >> number;
  return number;
}

std::uint64_t default_page_kb() {
  constexpr std::string_view kField = "Hugepagesize:";
  const std::string text = text_of("/proc/meminfo");
  const auto at = text.find(kField);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + kField.size(), nullptr, 10);
}

std::vector<HugepagePool> hugepage_pools() {
  std::vector<HugepagePool> pools;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator{"/sys/kernel/mm/hugepages", none}) {
    const std::string name = entry.path().filename();  // hugepages-2048kB
    const auto dash = name.find('-');
    if (dash == std::string::npos) continue;
    pools.push_back({std::strtoull(name.c_str() + dash + 1, nullptr, 10), number_in(entry.path() / "free_hugepages")});
  }
  return pools;
}

bool use_hugepages(const EalConfig& config, const Machine& machine) {
  if (config.hugepages == Hugepages::No) return false;
  if (machine.free_hugepage_mb >= config.memory_mb) return true;
  if (config.hugepages == Hugepages::Auto) return false;
  throw std::runtime_error(
      fmt::format("hugepages are demanded, but {} MB of them are free and {} MB are needed; reserve some (for 2 MB "
                  "pages: echo {} > /proc/sys/vm/nr_hugepages) and mount hugetlbfs, or let hugepages be automatic",
                  machine.free_hugepage_mb, config.memory_mb, (config.memory_mb + 1) / 2));
}

}  // namespace

std::uint64_t mounted_hugepage_mb(std::string_view mounts, std::uint64_t default_kb,
                                  std::span<const HugepagePool> pools) {
  std::set<std::uint64_t> mounted;
  std::istringstream lines{std::string{mounts}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    std::string device, directory, type, options;
    if (fields >> device >> directory >> type >> options && type == "hugetlbfs")
      mounted.insert(page_size_of(options, default_kb));
  }
  std::uint64_t kb = 0;
  for (const HugepagePool& pool : pools)
    if (mounted.contains(pool.page_kb)) kb += pool.page_kb * pool.free;
  return kb / 1024;
}

Machine this_machine() {
  Machine machine{.free_hugepage_mb = mounted_hugepage_mb(text_of("/proc/mounts"), default_page_kb(), hugepage_pools()),
                  .cpus = {}};
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) machine.cpus.push_back(cpu);
  return machine;
}

std::vector<std::string> eal_arguments(const EalConfig& config, const Machine& machine) {
  if (config.memory_mb == 0) throw std::runtime_error("memory for packets is 0 MB; give at least 64 MB");
  std::vector<std::string> arguments{"millrace", "--file-prefix", config.file_prefix, "-m",
                                     std::to_string(config.memory_mb)};
  auto add = [&arguments](auto... more) { (arguments.emplace_back(more), ...); };
  const bool huge = use_hugepages(config, machine);
  if (!huge) add("--no-huge", "--no-shconf");
  if (huge && config.single_file) add("--single-file-segments");
  add("--lcores", config.lcores.empty() ? fmt::format("0@({})", fmt::join(machine.cpus, ",")) : config.lcores);
  if (config.pci_allow.empty()) add("--no-pci");
  for (const std::string& address : config.pci_allow) add("-a", address);
  for (const std::string& vdev : config.vdevs) add("--vdev", vdev);
  if (!config.telemetry) add("--no-telemetry");
  for (const char* part : {"lib.eal", "lib.telemetry", "pmd.net.tap"})
    add("--log-level", fmt::format("{}:{}", part, config.log_level));
  return arguments;
}

}  // namespace millrace::io
