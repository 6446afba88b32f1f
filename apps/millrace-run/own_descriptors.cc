#include "own_descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "libc.h"

namespace millrace::run {
namespace {

constexpr rlim_t kPerSocket = 2;  ///< own descriptors beside each of the program's

std::atomic<std::intptr_t> lowest{0};

}  // namespace

void reserve_own_descriptors() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t program = limit.rlim_cur;
  const rlim_t wanted = std::min(limit.rlim_max, program + kPerSocket * program);
  limit.rlim_cur = wanted;
  const bool raised = wanted > program && ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
  const rlim_t first = raised && wanted == program + kPerSocket * program ? program : wanted / (kPerSocket + 1);
  lowest.store(static_cast<std::intptr_t>(first), std::memory_order_relaxed);
}

int own_copy(int fd) noexcept {
  const auto from = lowest.load(std::memory_order_relaxed);
  const int copy = libc().fcntl(fd, F_DUPFD_CLOEXEC, reinterpret_cast<void*>(from));
  return copy >= 0 || from == 0 ? copy : libc().fcntl(fd, F_DUPFD_CLOEXEC, nullptr);
}

int own_descriptor(int fd) noexcept {
  const int copy = own_copy(fd);
  if (copy < 0) return fd;
  libc().close(fd);
  return copy;
}

std::vector<int> open_descriptors() {
  std::vector<int> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd", none})
    found.push_back(std::atoi(entry.path().filename().c_str()));
  // The one that the directory was read by is among them, and its number is the next to be given away.
  std::erase_if(found, [](int fd) { return libc().fcntl(fd, F_GETFD, nullptr) < 0; });
  return found;
}

void close_new_on_exec(const std::vector<int>& before) {
  for (const int fd : open_descriptors())
    if (std::ranges::find(before, fd) == before.end())
      libc().fcntl(fd, F_SETFD, reinterpret_cast<void*>(std::intptr_t{FD_CLOEXEC}));
}

}  // namespace millrace::run
