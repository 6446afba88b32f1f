#include "socket.h"

#include "libc.h"

namespace millrace::run {

Socket::~Socket() {
  if (kernel >= 0) libc().close(kernel);
}

}  // namespace millrace::run
