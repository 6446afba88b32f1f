// Checks of our own invariants. Peer input never reaches one: what a peer sends is counted, not asserted.
//
// MILLRACE_CHECK stays in every build and is for start-up and control paths. MILLRACE_ASSERT is for the data
// path: it exists in debug and sanitizer builds and vanishes with NDEBUG.
#pragma once

#include "base/export.h"

namespace millrace::base {

/// Prints what did not hold, and where, and aborts.
[[noreturn]] MILLRACE_API void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace millrace::base

/// Aborts with a message when the expression is false.
#define MILLRACE_CHECK(expression)                                     \
  do {                                                                 \
    if (!(expression)) [[unlikely]]                                    \
      ::millrace::base::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)

/// The same where NDEBUG is not defined; else the expression is not evaluated.
#ifdef NDEBUG
#define MILLRACE_ASSERT(expression) \
  do {                              \
    (void)sizeof(expression);       \
  } while (false)
#else
#define MILLRACE_ASSERT(expression) MILLRACE_CHECK(expression)
#endif
