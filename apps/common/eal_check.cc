#include "eal_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <vector>

#include "io/dumpcap.h"
#include "stack/eal_plan.h"
#include "stack/memory_plan.h"

namespace millrace::config {
namespace {

/// Without the program's name. Throws std::runtime_error when the settings cannot work on this machine.
std::vector<std::string> arguments_of(const stack::RuntimeSettings& settings, const io::Machine& machine) {
  if (!settings.eal_arguments.empty()) return settings.eal_arguments;
  auto all = io::eal_arguments(stack::eal_config(settings, stack::plan_memory(settings)), machine);
  all.erase(all.begin());
  return all;
}

}  // namespace

std::string describe_eal(const stack::RuntimeSettings& settings, const io::Machine& machine) {
  try {
    const std::vector<std::string> arguments = arguments_of(settings, machine);
    std::string text = fmt::format("EAL         {}{}\n", fmt::join(arguments, " "),
                                   settings.eal_arguments.empty() ? "" : " (as given)");
    const auto obstacle = io::dumpcap_obstacle(arguments);
    text += fmt::format("dumpcap     {}\n", obstacle ? "dpdk-dumpcap cannot attach: " + *obstacle
                                                     : "dpdk-dumpcap can attach, and so can millrace-dump");
    return text;
  } catch (const std::exception& failure) {
    return fmt::format("EAL         {}\n", failure.what());
  }
}

}  // namespace millrace::config
