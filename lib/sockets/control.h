// fcntl() and ioctl().
#pragma once

#include <sys/types.h>

namespace millrace::sockets {

class Descriptor;
class Socket;

/// fcntl(): the answer, or -EINVAL.
[[nodiscard]] int control_descriptor(Descriptor& descriptor, int command, int argument);
/// ioctl(): 0; -EFAULT, -EINVAL, -ENOTTY.
[[nodiscard]] int control_socket(Socket& socket, unsigned long request, int* argument);

}  // namespace millrace::sockets
