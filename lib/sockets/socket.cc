// The poll mask, as Linux' tcp_poll() computes it.
#include "sockets/socket.h"

#include <poll.h>

#include <utility>

#include "sockets/urgent.h"

namespace millrace::sockets {
namespace {

constexpr std::uint32_t kIn = POLLIN | POLLRDNORM;
constexpr std::uint32_t kOut = POLLOUT | POLLWRNORM;

/// SO_RCVLOWAT holds bytes back, unless no more of them can come.
bool readable(const Socket& socket) noexcept {
  const std::size_t there = socket.connection.readable();
  if (there == 0) return false;
  auto target = static_cast<std::size_t>(socket.options.receive_low_water);
  if (at_urgent_mark(socket) && !socket.options.oob_inline) ++target;
  if (there >= target) return true;
  const api::ConnectionDetails details = socket.connection.details();
  return target > 1 && !at_urgent_mark(socket) && details.receive_window <= details.receive_mss;
}

/// Asks to be told when it is not.
bool writable(Socket& socket) noexcept {
  const std::uint32_t most_unsent = socket.options.not_sent_low_water;
  return socket.is_closed() || socket.connection.ask_room(most_unsent != 0 ? most_unsent : 0xffff'ffff);
}

std::uint32_t mask_of(Socket& socket) noexcept {
  std::uint32_t mask = 0;
  if (socket.shut == kShutBoth || socket.is_closed()) mask |= POLLHUP;
  if ((socket.shut & kShutReceive) != 0) mask |= kIn | POLLRDHUP;
  if (socket.opens_with_data) {
    mask |= kOut;
  } else if (!socket.in_handshake()) {
    if (readable(socket)) mask |= kIn;
    if ((socket.shut & kShutSend) != 0 || writable(socket)) mask |= kOut;
    if (urgent_byte_is_here(socket)) mask |= POLLPRI;
  }
  if (socket.error != 0) mask |= POLLERR;
  return mask;
}

}  // namespace

int Socket::take_error() noexcept { return std::exchange(error, 0); }

void Socket::refresh() noexcept {
  if (listening == nullptr)
    mask_.store(mask_of(*this), std::memory_order_release);
  else
    look_at_accept_queue();
}

/// Under the queue's lock, as workers and threads that accept change it at the same time.
void Socket::look_at_accept_queue() noexcept {
  accept_queue.look([this](bool empty) { mask_.store(empty ? 0 : kIn, std::memory_order_release); });
}

void Socket::changed(std::uint32_t key) noexcept {
  refresh();
  watchers.tell(mask(), key);
}

void Socket::accept_queue_changed() noexcept {
  look_at_accept_queue();
  watchers.tell(mask(), kIn);
}

}  // namespace millrace::sockets
