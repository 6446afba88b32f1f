// Counting what is left out.
#include "base/log_limit.h"

#include <utility>

#include "base/log.h"

namespace millrace::base {

bool LogLimit::admit(Time now) noexcept {
  if (last_ && now - *last_ < interval_) {
    ++left_out_;
    return false;
  }
  last_ = now;
  return true;
}

void LogLimit::write(LogLevel level, std::string_view text) noexcept {
  const auto left_out = std::exchange(left_out_, 0);
  if (left_out == 0) return log(level, "{}", text);
  log(level, "{} ({} more like this left out)", text, left_out);
}

}  // namespace millrace::base
