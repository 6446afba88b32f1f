#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace::base {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "millrace: internal check failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace millrace::base
