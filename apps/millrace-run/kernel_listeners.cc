#include "kernel_listeners.h"

#include <sys/epoll.h>

#include <array>

#include "blocked_signals.h"
#include "libc.h"
#include "own_descriptors.h"

namespace millrace::run {

void KernelListeners::add(int listening, const std::shared_ptr<Shadow>& shadow) {
  const std::lock_guard lock(mutex_);
  if (epoll_ < 0) start();
  std::erase_if(shadows_, [](const auto& entry) { return entry.second.expired(); });
  shadows_[next_] = shadow;
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = next_++}};
  libc().epoll_ctl(epoll_, EPOLL_CTL_ADD, listening, &event);
}

void KernelListeners::start() {
  epoll_ = own_descriptor(::epoll_create1(EPOLL_CLOEXEC));
  const BlockedSignals blocked;
  std::thread([this] { run(); }).detach();
}

void KernelListeners::run() {
  std::array<epoll_event, 16> events;
  while (true) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) tell(events[static_cast<std::size_t>(i)].data.u64);
  }
}

void KernelListeners::tell(std::uint64_t number) {
  std::shared_ptr<Shadow> shadow;
  {
    const std::lock_guard lock(mutex_);
    if (const auto entry = shadows_.find(number); entry != shadows_.end()) shadow = entry->second.lock();
  }
  if (shadow) shadow->arrived();
}

KernelListeners& kernel_listeners() noexcept {
  static auto* const only = new KernelListeners;
  return *only;
}

}  // namespace millrace::run
