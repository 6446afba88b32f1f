// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::tools {

/// "250 us", "3.2 ms", "41.2 s", "12 min 5 s", "3 h 20 min", "2 d 4 h".
[[nodiscard]] std::string duration_text(std::uint64_t us);
/// "812 B", "12.0 kB", "1.5 MB" (powers of 1000).
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// Local time of day with milliseconds, "10:02:11.052", from microseconds since 1970; with the date if not of today.
[[nodiscard]] std::string clock_text(std::uint64_t unix_us, std::uint64_t now_us);

}  // namespace millrace::tools
