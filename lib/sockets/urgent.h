// Urgent data as BSD and Linux show it: one byte, the last before the mark, out of line unless SO_OOBINLINE is set. The
// stack itself knows a mark only (RFC 6093).
#pragma once

#include <sys/types.h>
#include <cstddef>

namespace millrace::sockets {

class Socket;

/// The stack says that the peer has marked data as urgent.
void urgent_announced(Socket& socket) noexcept;

/// The next byte to read in line is the urgent one, read already or not (SIOCATMARK).
[[nodiscard]] bool at_urgent_mark(const Socket& socket) noexcept;
/// It has arrived and was not read.
[[nodiscard]] bool urgent_byte_is_here(const Socket& socket) noexcept;
/// Bytes between the next one to read, `skip` bytes on, and the urgent one; SIZE_MAX when there is none before us.
[[nodiscard]] std::size_t bytes_before_urgent(const Socket& socket, std::size_t skip) noexcept;
/// Reading has gone on: a mark that lies behind is forgotten.
void forget_passed_urgent(Socket& socket) noexcept;

/// recv() with MSG_OOB. 1: the byte is in `out`; 0: the peer has closed; -EINVAL: nothing urgent, or in line, or read;
/// -EAGAIN: announced and not here yet; -ENOTCONN.
[[nodiscard]] ssize_t receive_urgent(Socket& socket, std::byte& out, bool peek) noexcept;

}  // namespace millrace::sockets
