// The driver passes over a signal whose action is not the default one.
#include "io/tap_trigger.h"

#include <csignal>

namespace millrace::io {
namespace {

using Handler = void (*)(int);

/// Not SIG_IGN, which a program started meanwhile would inherit.
void pass_over(int) {}

/// Handlers that the application has set, or sets meanwhile, stay.
void replace(Handler old, Handler with) noexcept {
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == old) ::signal(number, with);
  }
}

}  // namespace

NoTapTrigger::NoTapTrigger() noexcept { replace(SIG_DFL, pass_over); }

NoTapTrigger::~NoTapTrigger() { replace(pass_over, SIG_DFL); }

}  // namespace millrace::io
