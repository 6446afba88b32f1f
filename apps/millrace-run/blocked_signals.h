// Threads of ours get none of the program's signals.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace millrace::run {

/// While it lives all signals are blocked in the calling thread, and for good in the threads that it makes.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace millrace::run
