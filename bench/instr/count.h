// What callgrind counts: the turns of the stack under test, and nothing else of this program.
#pragma once

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>

namespace millrace::bench {

/// Instructions count while this lives; scripts/instr starts callgrind with --collect-atstart=no.
class Counted {
 public:
  Counted() { CALLGRIND_TOGGLE_COLLECT; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { CALLGRIND_TOGGLE_COLLECT; }
};

/// Forgets what was counted while everything warmed up.
inline void begin_count() { CALLGRIND_ZERO_STATS; }

/// Ends a count: callgrind writes the instructions under `name`, standard output gets "name operations".
inline void end_count(const char* name, std::uint64_t operations) {
  CALLGRIND_DUMP_STATS_AT(name);
  std::printf("%s %llu\n", name, static_cast<unsigned long long>(operations));
}

[[nodiscard]] inline bool is_counting() { return RUNNING_ON_VALGRIND != 0; }

}  // namespace millrace::bench
