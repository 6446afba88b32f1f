// The driver passes over a signal whose action is not the default one.
#include "io/tap_trigger.h"

namespace millrace::io {
namespace {

bool has_default_action(int number) noexcept {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
}

/// Not SIG_IGN, which a program started meanwhile would inherit.
void pass_over(int) {}

}  // namespace

NoTapTrigger::NoTapTrigger() noexcept {
  ::sigemptyset(&taken_);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    if (!has_default_action(number)) continue;
    ::signal(number, pass_over);
    ::sigaddset(&taken_, number);
  }
}

NoTapTrigger::~NoTapTrigger() {
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number)
    if (::sigismember(&taken_, number) == 1) ::signal(number, SIG_DFL);
}

}  // namespace millrace::io
