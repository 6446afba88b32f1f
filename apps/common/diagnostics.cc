#include "diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::config {

std::string Diagnostics::to_string() const {
  std::vector<Diagnostic> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  std::string text;
  for (const Diagnostic& d : sorted) {
    const std::string place = d.line == 0 ? file_ : fmt::format("{}:{}", file_, d.line);
    text += fmt::format("{}: {}. {}\n", place, d.cause, d.next);
  }
  return text;
}

}  // namespace millrace::config
