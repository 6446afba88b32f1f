#include "memory_check.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "values.h"

namespace millrace::config {
namespace {

/// The number behind "name:", or 0.
std::uint64_t field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    const std::string_view rest = line.substr(name.size() + 1);
    const std::size_t digits = rest.find_first_not_of(' ');
    if (digits == std::string_view::npos) return 0;
    std::uint64_t value = 0;
    std::from_chars(rest.data() + digits, rest.data() + rest.size(), value);
    return value;
  }
  return 0;
}

}  // namespace

stack::FreeMemory free_memory(std::string_view meminfo, const io::Machine& machine) {
  stack::FreeMemory free;
  free.ordinary_bytes = field(meminfo, "MemAvailable") * 1024;
  free.hugepage_bytes = machine.free_hugepage_mb << 20;
  return free;
}

stack::FreeMemory read_free_memory(const io::Machine& machine) {
  std::ifstream file("/proc/meminfo");
  std::ostringstream text;
  text << file.rdbuf();
  return free_memory(text.str(), machine);
}

void check_memory(const RuntimeConfig& config, const stack::FreeMemory& free, Diagnostics& errors) {
  const stack::MemoryPlan plan = stack::plan_memory(config.settings);
  const auto shortage = config.settings.eal_arguments.empty()
                            ? stack::find_shortage(config.settings.hugepages, plan, free)
                            : stack::find_table_shortage(plan, free);
  if (!shortage) return;
  const std::string need = format_mebibytes(shortage->needed_bytes);
  const std::string have = format_mebibytes(shortage->free_bytes);
  const bool tables = !shortage->hugepages && shortage->needed_bytes == plan.table_bytes;
  const std::string packets =
      tables ? "the tables of" : fmt::format("{} packets and", plan.data_packets + plan.control_packets);
  const std::string shape = fmt::format("{} {} connections", packets, config.settings.connections);
  if (shortage->hugepages)
    errors.add(config.limits_line, fmt::format("{} need {} of hugepages, {} are free", shape, need, have),
               "Reserve more (sysctl vm.nr_hugepages) with hugetlbfs mounted, lower connections in [limits], or set "
               "hugepages = \"off\".");
  else
    errors.add(config.limits_line, fmt::format("{} need {} of memory, {} are free", shape, need, have),
               "Lower connections in [limits], or free memory.");
}

}  // namespace millrace::config
