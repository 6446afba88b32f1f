// Readiness: poll and epoll.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "conformance/names.h"
#include "conformance/script.h"

namespace millrace::conformance {
namespace {

constexpr short kEverything =
    POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND;

std::string operation_name(int operation) {
  return operation == EPOLL_CTL_ADD   ? "ADD"
         : operation == EPOLL_CTL_MOD ? "MOD"
         : operation == EPOLL_CTL_DEL ? "DEL"
                                      : std::to_string(operation);
}

}  // namespace

int Script::poll(std::initializer_list<Interest> interests, int timeout) {
  std::vector<pollfd> descriptors;
  std::vector<std::string> asked;
  for (const auto& [fd, events] : interests) {
    descriptors.push_back({fd, events, 0});
    asked.push_back(fmt::format("{} {}", name(fd), events_name(static_cast<std::uint16_t>(events))));
  }
  const Answer answer = calls_.poll(descriptors.data(), descriptors.size(), timeout);
  std::vector<std::string> told;
  for (const pollfd& entry : descriptors)
    if (entry.revents != 0)
      told.push_back(fmt::format("{} {}", name(entry.fd), events_name(static_cast<std::uint16_t>(entry.revents))));
  return record(fmt::format("poll([{}], {})", fmt::join(asked, ", "), timeout), answer,
                fmt::format("[{}]", fmt::join(told, ", ")));
}

int Script::ready(int fd) {
  pollfd entry{fd, kEverything, 0};
  const Answer answer = calls_.poll(&entry, 1, 0);
  return record(fmt::format("poll({})", name(fd)), answer, events_name(static_cast<std::uint16_t>(entry.revents)));
}

int Script::epoll(Side side, const char* name) {
  world_.use(side);
  const Answer fd = calls_.epoll_create1(0);
  if (fd.result < 0) return record_fd("epoll_create1(0)", fd);
  opened(static_cast<int>(fd.result), side, name);
  return static_cast<int>(fd.result);
}

int Script::epoll_add(int epoll, int fd, std::uint32_t events) { return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, events); }
int Script::epoll_mod(int epoll, int fd, std::uint32_t events) { return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, events); }
int Script::epoll_del(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, 0); }

int Script::epoll_ctl(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const Answer answer = calls_.epoll_ctl(epoll, operation, fd, &event);
  return record(
      fmt::format("epoll_ctl({}, {}, {}, {})", name(epoll), operation_name(operation), name(fd), events_name(events)),
      answer);
}

int Script::epoll_wait(int epoll, int most, int timeout) {
  std::array<epoll_event, 64> events{};
  const Answer answer = calls_.epoll_wait(epoll, events.data(), most, timeout);
  std::vector<std::string> told;
  for (int i = 0; i < answer.result; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    told.push_back(fmt::format("{} {}", name(event.data.fd), events_name(event.events)));
  }
  std::ranges::sort(told);
  return record(fmt::format("epoll_wait({}, {}, {})", name(epoll), most, timeout), answer,
                fmt::format("[{}]", fmt::join(told, ", ")));
}

}  // namespace millrace::conformance
