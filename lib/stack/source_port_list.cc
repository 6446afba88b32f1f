// A slice per turn, as in connection_list. What is left is counted by hashing the whole range when there are several
// workers and nobody has asked for that destination before, so a slice ends after one such count.
#include "stack/source_port_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/shard.h"

namespace millrace::stack {
namespace {

constexpr std::uint32_t kSlice = 256;

std::string line_of(Shard& shard, flow::PortDestination& destination) {
  const wire::IpAddress remote{destination.key.remote_address};
  return fmt::format(fmt::runtime(remote.is_v4() ? "worker {} {} -> {}:{} taken {} left {}"
                                                 : "worker {} {} -> [{}]:{} taken {} left {}"),
                     shard.worker(), destination.local.to_string(), remote.to_string(), destination.key.remote_port,
                     destination.taken, shard.ports_left(destination));
}

}  // namespace

TaskState fill_page(Shard& shard, std::size_t most, SourcePortPage& page) {
  flow::PortLedger& ports = shard.ports();
  const std::uint32_t all = ports.touched();
  bool counted = false;
  for (std::uint32_t looked = 0; looked < kSlice && page.cursor < all && page.lines.size() < most && !counted;
       ++looked) {
    flow::PortDestination* destination = ports.at(page.cursor++);
    if (destination == nullptr) continue;
    counted = destination->owned == flow::PortDestination::kUncounted;
    page.lines.push_back(line_of(shard, *destination));
  }
  page.end = page.cursor >= all;
  return page.end || page.lines.size() >= most ? TaskState::Done : TaskState::Again;
}

}  // namespace millrace::stack
