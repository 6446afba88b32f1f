// A failed check ends the process at once: what follows a broken invariant is not to be trusted. It says where by plain
// stdio, because the log may be what is broken.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace::base {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "millrace: internal check failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace millrace::base
