// Options, shutdown and the end of a socket.
#include <cerrno>

#include "calls.h"
#include "fail.h"
#include "libc.h"
#include "sockets/sockets.h"
#include "sockets/watch.h"
#include "stack.h"

namespace millrace::run {

void look(const Live& live) noexcept {
  live.shadow->look([&] { return sockets::poll_mask(live.millrace); });
}

int get_option(const Live& live, int fd, int level, int name, void* value, socklen_t* length) {
  if (is_wait_limit(level, name)) return libc().getsockopt(fd, level, name, value, length);
  const auto use = the_stack().use();
  if (!use) return fail(EBADF);
  const int result = mr_getsockopt(live.millrace, level, name, value, length);
  if (result == 0 && level == SOL_SOCKET && name == SO_ERROR) live.shadow->error_told();
  return result;
}

int set_option(const Live& live, int fd, int level, int name, const void* value, socklen_t length) {
  if (is_wait_limit(level, name)) return libc().setsockopt(fd, level, name, value, length);
  const auto use = the_stack().use();
  if (!use) return fail(EBADF);
  if (live.kernel >= 0) libc().setsockopt(live.kernel, level, name, value, length);
  const int result = mr_setsockopt(live.millrace, level, name, value, length);
  const KeptErrno kept;
  if (!live.listens) look(live);
  return result;
}

int shut(const Live& live, int how) {
  const auto use = the_stack().use();
  if (!use) return fail(EBADF);
  if (live.kernel >= 0) libc().shutdown(live.kernel, how);
  const int result = mr_shutdown(live.millrace, how);
  const KeptErrno kept;
  if (!live.listens) look(live);
  return result;
}

void let_go(int fd) noexcept {
  std::shared_ptr<Socket> last;
  {
    const auto lock = table().lock();
    if (table().ours()) last = table().remove(fd);
  }
  if (!last || last->lost || last->millrace < 0) return;
  const auto use = the_stack().use();
  if (use) (void)mr_close(last->millrace);
  if (last->shadow) last->shadow->hang_up();
}

}  // namespace millrace::run
