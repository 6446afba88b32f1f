// getrandom(2), which may give less than was asked for, or be interrupted.
#include "base/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace millrace::base {

void os_entropy(std::span<std::byte> out) noexcept {
  while (!out.empty()) {
    const auto got = ::getrandom(out.data(), out.size(), 0);
    MILLRACE_CHECK(got >= 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace millrace::base
