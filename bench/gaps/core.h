// Where a thread of bench-gaps runs.
#pragma once

#include <pthread.h>
#include <sched.h>

namespace millrace::bench {

/// False when the calling thread may not run there.
inline bool run_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

}  // namespace millrace::bench
