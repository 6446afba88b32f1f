// The bell is an eventfd: many rings are one wake-up.
#include "stack/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace millrace::stack {

Doorbell::Doorbell() : event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd for a worker");
}

Doorbell::~Doorbell() { ::close(event_fd_); }

void Doorbell::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd_, &one, sizeof one);  // full means rung already
}

bool Doorbell::wait(std::span<const int> others, Duration at_most) noexcept {
  std::array<pollfd, kMostOthers + 1> set{};
  set[0] = {.fd = event_fd_, .events = POLLIN, .revents = 0};
  const std::size_t watched = std::min(others.size(), kMostOthers);
  for (std::size_t i = 0; i < watched; ++i) set[i + 1] = {.fd = others[i], .events = POLLIN, .revents = 0};

  const std::int64_t ns = std::max<std::int64_t>(to_ns(at_most), 0);
  const timespec limit{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  const int ready = ::ppoll(set.data(), watched + 1, &limit, nullptr);

  stay_awake();
  if ((set[0].revents & POLLIN) != 0) {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto taken = ::read(event_fd_, &rings, sizeof rings);
  }
  return ready != 0;
}

}  // namespace millrace::stack
