// What a new connection inherits from its listener, where it waits, and what becomes of one that nobody accepts.
#include "sockets/accept.h"

#include "sockets/home.h"
#include "sockets/listen_group.h"

namespace millrace::sockets {
namespace {

std::shared_ptr<Socket> make_socket(SocketShard& sockets, const std::shared_ptr<ListenGroup>& group,
                                    const ListenGroup::Heir& heir, api::Connection connection) {
  auto socket = std::make_shared<Socket>(sockets.stack(), heir.socket->domain(), sockets.worker());
  socket->options = heir.options;
  socket->receive_timeout_ns = heir.socket->receive_timeout_ns.load();
  socket->send_timeout_ns = heir.socket->send_timeout_ns.load();
  socket->association = Association::Connected;
  socket->origin = group;
  const api::ConnectionDetails details = connection.details();
  socket->local = details.local;
  socket->remote = details.remote;
  sockets.attach(socket, connection);
  if (heir.tell_options) {
    api::ConnectionOptions options;
    tell_stack(heir.options, options);
    connection.set_options(options);
  }
  if (heir.options.cork) connection.set_cork(socket->corked = true);
  return socket;
}

/// Nobody will accept it: it leaves the backlog too.
void reset(SocketShard& sockets, Socket& socket) {
  sockets.detach(socket);
  socket.connection.abort();
  sockets.shard().took(socket.origin->numbers[sockets.worker()]);
}

void hand_over(SocketShard& sockets, const std::shared_ptr<Socket>& socket, const std::shared_ptr<Socket>& listener) {
  if (listener != nullptr && socket->origin->hand_over(listener, socket)) return;
  reset(sockets, *socket);
}

}  // namespace

bool adopt(SocketShard& sockets, const std::shared_ptr<ListenGroup>& group, api::Connection connection) {
  const ListenGroup::Heir heir = group->choose(connection.id().index);
  if (heir.socket == nullptr) return false;
  const auto socket = make_socket(sockets, group, heir, connection);
  socket->refresh();
  if (heir.options.defer_accept_s > 0 && connection.readable() == 0) {
    socket->deferred = true;
    sockets.at(sockets.shard().now() + seconds{heir.options.defer_accept_s}, socket, end_deferral);
  } else {
    hand_over(sockets, socket, heir.socket);
  }
  return true;
}

void end_deferral(SocketShard& sockets, Socket& socket) {
  if (!std::exchange(socket.deferred, false)) return;
  socket.refresh();
  hand_over(sockets, socket.self(), socket.origin->choose(socket.connection.id().index).socket);
}

void drop_deferred(SocketShard& sockets, Socket& socket) {
  socket.deferred = false;
  sockets.detach(socket);
  sockets.shard().took(socket.origin->numbers[sockets.worker()]);
}

std::shared_ptr<Socket> take_accepted(Socket& listener, ssize_t& error) {
  if (std::shared_ptr<Socket> socket = listener.accept_queue.pop()) {
    listener.look_at_accept_queue();
    return socket;
  }
  error = at_home(listener, [&](SocketShard&) -> ssize_t { return listener.listening == nullptr ? -EINVAL : -EAGAIN; });
  return nullptr;
}

void leave_backlog(Socket& socket) {
  socket.stack().drive->post(socket.home.load(), [group = socket.origin](SocketShard& sockets) {
    sockets.shard().took(group->numbers[sockets.worker()]);
  });
}

void drop_unaccepted(const std::shared_ptr<Socket>& socket) {
  (void)run_at_home(*socket, [&](SocketShard& sockets) -> ssize_t {
    reset(sockets, *socket);
    return 0;
  });
}

}  // namespace millrace::sockets
