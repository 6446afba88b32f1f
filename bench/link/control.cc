#include "control.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "profile_text.h"

namespace millrace::link {
namespace {

std::string late_text(const Lateness& late) {
  return fmt::format(R"({{"count":{},"over_100us":{},"over_1ms":{},"worst_us":{}}})", late.count(), late.over_100us(),
                     late.over_1ms(), to_us(late.worst()));
}

std::string direction_text(const Direction& direction) {
  const DirectionCounters& c = direction.counters();
  return fmt::format(
      R"({{"frames":{},"bytes":{},"lost":{},"queue_full":{},"held_back":{},"duplicated":{},"marked":{},"sent":{},)"
      R"("refused":{},"queue_peak":{},"late":{}}})",
      c.frames, c.bytes, c.lost, c.queue_full, c.held_back, c.duplicated, c.marked, c.sent, direction.refused(),
      c.queue_peak, late_text(c.late));
}

std::string set_profile(Direction& direction, std::string_view words) {
  try {
    direction.set_profile(parse_profile(words));
    return "ok";
  } catch (const std::invalid_argument& error) {
    return fmt::format("error: {}", error.what());
  }
}

std::string reset(Link& link) {
  link.forward.reset_counters();
  link.back.reset_counters();
  link.gaps = {};
  return "ok";
}

}  // namespace

std::string counters_text(const Link& link) {
  return fmt::format(R"({{"forward":{},"back":{},"gaps":{}}})", direction_text(link.forward), direction_text(link.back),
                     late_text(link.gaps));
}

std::string obey(std::string_view line, Link& link) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view order = line.substr(0, end), words = line.substr(end);
  if (order == "forward") return set_profile(link.forward, words);
  if (order == "back") return set_profile(link.back, words);
  if (order == "counters") return counters_text(link);
  if (order == "reset") return reset(link);
  if (order == "end") {
    link.ended = true;
    return "ok";
  }
  return fmt::format("error: '{}': known are forward, back, counters, reset, end", order);
}

void OrderReader::poll(Link& link) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (open_ && ::poll(&input, 1, 0) > 0) {
    char buffer[1024];
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    open_ = got > 0;
    if (open_) rest_.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1)) {
      fmt::print("{}\n", obey(std::string_view{rest_}.substr(0, end), link));
      std::fflush(stdout);
    }
  }
}

}  // namespace millrace::link
