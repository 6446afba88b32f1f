// Where Millrace answers otherwise than Linux, and why. Exact on both sides: a difference that is not listed fails,
// and so does one that is listed and does not occur.
#pragma once

#include <span>

namespace millrace::conformance {

struct Difference {
  const char* case_name;  ///< "group.case", of every IP version that it runs on
  const char* linux;
  const char* millrace;
  const char* reason;
};

std::span<const Difference> differences();

}  // namespace millrace::conformance
