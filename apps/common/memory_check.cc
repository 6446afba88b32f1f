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

stack::FreeMemory parse_meminfo(std::string_view text) {
  stack::FreeMemory free;
  free.ordinary_bytes = field(text, "MemAvailable") * 1024;
  free.hugepage_bytes = field(text, "HugePages_Free") * field(text, "Hugepagesize") * 1024;
  return free;
}

stack::FreeMemory read_free_memory() {
  std::ifstream file("/proc/meminfo");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_meminfo(text.str());
}

void check_memory(const RuntimeConfig& config, const stack::FreeMemory& free, Diagnostics& errors) {
  const stack::MemoryPlan plan = stack::plan_memory(config.settings);
  const auto shortage = stack::find_shortage(config.settings.hugepages, plan, free);
  if (!shortage) return;
  const std::string need = format_mebibytes(shortage->needed_bytes);
  const std::string have = format_mebibytes(shortage->free_bytes);
  const std::string shape = fmt::format("{} packets and {} connections", plan.data_packets + plan.control_packets,
                                        config.settings.connections);
  if (shortage->hugepages)
    errors.add(config.limits_line, fmt::format("{} need {} of hugepages, {} are free", shape, need, have),
               "Reserve more (sysctl vm.nr_hugepages), lower connections in [limits], or set hugepages = \"off\".");
  else
    errors.add(config.limits_line, fmt::format("{} need {} of memory, {} are free", shape, need, have),
               "Lower connections in [limits], or free memory.");
}

}  // namespace millrace::config
