// A Millrace socket takes the place of the kernel's behind the same descriptors.
//
// The table's lock is held. Options that the program has set are set again; epoll sets that watch the descriptors go on
// to watch them.
#pragma once

#include "socket.h"

namespace millrace::run {

/// Makes socket.millrace if there is none, with the program's options. 0 or an errno.
[[nodiscard]] int make_millrace(Socket& socket);
/// Undoes make_millrace().
void drop_millrace(Socket& socket) noexcept;

/// Puts a shadow behind the socket's descriptors and lets it show what the Millrace socket does. A socket whose shadow
/// has shown an error gets a new one. 0 or an errno.
[[nodiscard]] int take_over_connecting(Socket& socket);
/// The same for one that listens. `with_kernel`: the kernel's socket listens too, and is kept.
[[nodiscard]] int take_over_listening(Socket& socket, bool with_kernel);

/// A lost socket is never ready again, so that who waits for it does not try for ever what is refused.
void silence(Socket& socket);

/// The shadow's face of an accepted connection; its new descriptor, or -1 with errno.
[[nodiscard]] int adopt_accepted(int millrace, int domain, bool nonblocking);

}  // namespace millrace::run
