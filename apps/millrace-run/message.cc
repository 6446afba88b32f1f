#include "message.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "libc.h"

namespace millrace::run {

void say(std::string_view text) noexcept {
  const int error = errno;
  std::array<char, 1024> line;
  const auto end = fmt::format_to_n(line.data(), line.size(), "millrace-run: {}\n", text);
  (void)libc().write(STDERR_FILENO, line.data(), std::min(end.size, line.size()));
  errno = error;
}

}  // namespace millrace::run
