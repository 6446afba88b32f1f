// What the shared library shows. Everything is compiled with -fvisibility=hidden, so a function or class of a public
// header that lacks this mark cannot be linked to; tests/consumer/exports.py looks for such. C and C++.
#pragma once

/// Visible to programs that link the shared library. Stands where an attribute stands, beside [[nodiscard]].
#ifdef __cplusplus
#define MILLRACE_API [[gnu::visibility("default")]]
#else
#define MILLRACE_API __attribute__((visibility("default")))
#endif
