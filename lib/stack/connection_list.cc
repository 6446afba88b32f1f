// One slice of the connection slab per turn, so that a listing of a million connections does not stop a worker. Only
// slots whose generation is odd (in use) are looked into. Between two slices connections come and go: a page is no
// snapshot.
#include "stack/connection_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/shard.h"

namespace millrace::stack {
namespace {

std::string endpoint(const wire::IpAddress& address, std::uint16_t port) {
  return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.to_string(), port);
}

std::string line_of(const Shard& shard, const tcp::Tcb& tcb) {
  const wire::IpAddress& local = shard.ip_config().addresses[tcb.key.local_index].ip;
  return fmt::format("{} {} {} recv-q {} send-q {} cwnd {} rtt-us {} retransmits {}", tcp::to_string(tcb.state),
                     endpoint(local, tcb.key.local_port),
                     endpoint(wire::IpAddress{tcb.key.remote_address}, tcb.key.remote_port), tcb.rcv_queue.bytes(),
                     tcb.snd_queue.bytes(), tcb.cc.cwnd, tcb.rtt.srtt_us, tcb.retransmits);
}

}  // namespace

TaskState fill_page(const Shard& shard, std::size_t most, ConnectionPage& page) {
  const tcp::ConnectionTable& table = shard.table();
  const std::uint32_t all = table.tcbs.touched();
  const std::uint32_t stop = page.cursor + std::min(all - std::min(page.cursor, all), kConnectionSlice);
  for (; page.cursor < stop && page.lines.size() < most; ++page.cursor)
    if ((table.generation(page.cursor) & 1) != 0) page.lines.push_back(line_of(shard, table.tcbs[page.cursor]));
  page.end = page.cursor >= all;
  return page.end || page.lines.size() >= most ? TaskState::Done : TaskState::Again;
}

}  // namespace millrace::stack
