#include "process.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <vector>

#include "calls.h"
#include "fail.h"
#include "message.h"
#include "sockets/sockets.h"
#include "stack.h"
#include "take_over.h"

namespace millrace::run {
namespace {

std::atomic<bool> refused{false};
std::atomic<bool> ended{false};

// The order in which connect() takes the two.
void before_fork() {
  the_stack().before_fork();
  table().lock_for_fork();
}

void in_parent() {
  table().unlock_after_fork();
  the_stack().after_fork(false);
}

void in_child() {
  table().forked();
  table().unlock_after_fork();
  the_stack().after_fork(true);
}

/// As in Linux, SO_LINGER holds no program's end: the configured time is for all sockets together. With a time of 0 it
/// still resets.
void linger_no_longer(const std::vector<int>& open) noexcept {
  const auto use = the_stack().use();
  if (!use) return;
  for (const int fd : open) {
    Live live;
    if (table().find(fd, live) != Owner::Millrace) continue;
    linger on_close{};
    socklen_t length = sizeof on_close;
    if (mr_getsockopt(live.millrace, SOL_SOCKET, SO_LINGER, &on_close, &length) != 0) continue;
    if (on_close.l_onoff == 0 || on_close.l_linger == 0) continue;
    on_close.l_onoff = 0;
    (void)mr_setsockopt(live.millrace, SOL_SOCKET, SO_LINGER, &on_close, sizeof on_close);
  }
}

/// Registered before the program's own, so it runs after them.
[[gnu::constructor]] void loaded() {
  pthread_atfork(before_fork, in_parent, in_child);
  std::atexit(end_process);
}

}  // namespace

int refuse(int fd) noexcept {
  if (!refused.exchange(true))
    say(fmt::format(
        "process {} is a fork of one that runs the stack: the sockets it has from it do not work here, only "
        "close() does. Run the program without fork (nginx: master_process off).",
        ::getpid()));
  const auto lock = table().lock();
  if (const auto socket = table().at(fd); socket && socket->lost) silence(*socket);
  return fail(ENOSYS);
}

void end_process() noexcept {
  if (!table().ours() || ended.exchange(true)) return;
  std::vector<int> open;
  {
    const auto lock = table().lock();
    open = table().between(0, ~0U);
  }
  linger_no_longer(open);
  for (const int fd : open) let_go(fd);
  the_stack().finish();
}

}  // namespace millrace::run
