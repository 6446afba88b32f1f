// Listening starts and ends on every worker, or on none.
#include "sockets/listen.h"

#include <algorithm>
#include <cerrno>
#include <deque>

#include "sockets/accept.h"
#include "sockets/address.h"
#include "sockets/bind.h"
#include "sockets/home.h"

namespace millrace::sockets {
namespace {

constexpr std::uint32_t kMostBacklog = 4096;  // Linux' somaxconn

std::uint32_t connections_of(int backlog) noexcept {
  return std::min(static_cast<std::uint32_t>(backlog), kMostBacklog) + 1;
}

/// What the socket says on its worker before the others are asked.
struct Plan {
  std::uint16_t port = 0;
  Options options;
  std::shared_ptr<ListenGroup> listening;
};

ssize_t make_plan(SocketShard& sockets, Socket& socket, Plan& plan) {
  if (socket.association != Association::None || !socket.is_closed()) return -EINVAL;
  plan.listening = socket.listening;
  if (!socket.bound) {
    if (const int error = bind_socket(sockets, socket, {any_address(socket.domain()), 0}); error != 0) return error;
  }
  plan.port = socket.local.port;
  plan.options = socket.options;
  return 0;
}

void apply_backlog(mr_stack& stack, const ListenGroup& group) {
  const std::uint32_t backlog = group.backlog_per_worker();
  on_every_worker(stack,
                  [&](SocketShard& sockets) { sockets.shard().set_backlog(group.numbers[sockets.worker()], backlog); });
}

void stop_on_every_worker(mr_stack& stack, const ListenGroup& group) {
  on_every_worker(stack, [&](SocketShard& sockets) {
    const std::uint16_t number = group.numbers[sockets.worker()];
    if (number == kNotListening) return;
    sockets.shard().stop_listening(number);
    sockets.set_listener(number, nullptr);
  });
}

std::uint32_t fast_open_of_worker(const mr_stack& stack, const Options& options) noexcept {
  const auto workers = static_cast<std::uint32_t>(stack.shards.size());
  return (static_cast<std::uint32_t>(options.fast_open) + workers - 1) / workers;
}

/// False when a worker refuses: nothing listens then.
bool start_on_every_worker(mr_stack& stack, const std::shared_ptr<ListenGroup>& group, const Options& inherited) {
  group->numbers.assign(stack.shards.size(), kNotListening);
  api::ListenOptions options;
  tell_stack(inherited, options);
  options.v6only = group->v6only;
  options.backlog = group->backlog_per_worker();
  options.fast_open = fast_open_of_worker(stack, inherited);
  bool all = true;
  on_every_worker(stack, [&](SocketShard& sockets) {
    const auto number = sockets.shard().listen(group->local, options);
    if (!number) {
      all = false;
      return;
    }
    group->numbers[sockets.worker()] = number.value();
    sockets.set_listener(number.value(), group);
  });
  if (!all) stop_on_every_worker(stack, *group);
  return all;
}

}  // namespace

ssize_t listen_on(Socket& socket, int backlog) {
  const std::lock_guard lock{socket.administration};
  Plan plan;
  const ssize_t planned = at_home(socket, [&](SocketShard& sockets) { return make_plan(sockets, socket, plan); });
  if (planned != 0) return planned;
  mr_stack& stack = socket.stack();
  if (plan.listening != nullptr) {
    plan.listening->set_backlog(socket, connections_of(backlog));
    apply_backlog(stack, *plan.listening);
    return 0;
  }
  const auto listening = stack.ports.listen(socket.self(), plan.port, connections_of(backlog), plan.options);
  if (listening.group == nullptr) return -EADDRINUSE;
  const bool started = listening.made ? start_on_every_worker(stack, listening.group, plan.options) : true;
  if (!started) {
    (void)stack.ports.stop_listening(socket, plan.port, *listening.group);
    return -EADDRINUSE;
  }
  if (!listening.made) apply_backlog(stack, *listening.group);
  return at_home(socket, [&](SocketShard&) -> ssize_t {
    socket.listening = listening.group;
    socket.error = 0;
    socket.refresh();
    return 0;
  });
}

void tell_fast_open(Socket& socket) {
  mr_stack& stack = socket.stack();
  const std::uint32_t pending = fast_open_of_worker(stack, socket.options);
  for (std::uint16_t worker = 0; worker < stack.shards.size(); ++worker)
    stack.drive->post(worker, [group = socket.listening, pending](SocketShard& sockets) {
      const std::uint16_t number = group->numbers[sockets.worker()];
      if (number != kNotListening) sockets.shard().set_fast_open(number, pending);
    });
}

void stop_listening(Socket& socket) {
  std::shared_ptr<ListenGroup> group;
  std::uint16_t port = 0;
  const ssize_t asked = run_at_home(socket, [&](SocketShard&) -> ssize_t {
    group = std::exchange(socket.listening, nullptr);
    port = socket.local.port;
    return 0;
  });
  if (asked != 0 || group == nullptr) return;
  mr_stack& stack = socket.stack();
  if (stack.ports.stop_listening(socket, port, *group))
    stop_on_every_worker(stack, *group);
  else
    apply_backlog(stack, *group);
  for (const auto& connection : socket.accept_queue.take_all()) drop_unaccepted(connection);
}

}  // namespace millrace::sockets
