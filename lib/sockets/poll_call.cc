// The masks are ready to be read by any thread (Socket::mask), so a poll asks no worker.
#include "sockets/poll_call.h"

#include <cerrno>
#include <deque>
#include <memory>
#include <vector>

#include "sockets/current_stack.h"
#include "sockets/descriptor_table.h"
#include "sockets/waiting.h"

namespace millrace::sockets {
namespace {

constexpr nfds_t kMostPolled = nfds_t{1} << 24;

/// One call's descriptors; nullptr where there is no socket.
using Polled = std::vector<std::shared_ptr<Descriptor>>;

Polled look_up(const pollfd* descriptors, nfds_t count) {
  Polled polled(count);
  for (nfds_t i = 0; i < count; ++i) {
    polled[i] = descriptors[i].fd < 0 ? nullptr : sockets::descriptors().find(descriptors[i].fd);
    if (polled[i] != nullptr && polled[i]->as_socket() == nullptr) polled[i] = nullptr;
  }
  return polled;
}

/// The stack to wait upon; nullptr: they belong to several, of which one does not turn by the caller.
mr_stack* common_stack(const Polled& polled) {
  mr_stack* first = nullptr;
  for (const auto& descriptor : polled) {
    if (descriptor == nullptr) continue;
    mr_stack& stack = descriptor->stack();
    if (first == nullptr) first = &stack;
    if (&stack == first) continue;
    const bool turned = stack.drive != nullptr && stack.drive->turned_by_caller() && first->drive != nullptr &&
                        first->drive->turned_by_caller();
    if (!turned) return nullptr;
  }
  return first != nullptr ? first : current_stack();
}

short revents_of(const pollfd& entry, const std::shared_ptr<Descriptor>& descriptor) {
  if (entry.fd < 0) return 0;
  if (descriptor == nullptr || descriptor->as_socket()->closed) return POLLNVAL;
  const auto wanted = static_cast<std::uint32_t>(static_cast<unsigned short>(entry.events)) | POLLERR | POLLHUP;
  return static_cast<short>(descriptor->as_socket()->mask() & wanted);
}

int scan(pollfd* descriptors, const Polled& polled) {
  int found = 0;
  for (std::size_t i = 0; i < polled.size(); ++i) {
    descriptors[i].revents = revents_of(descriptors[i], polled[i]);
    if (descriptors[i].revents != 0) ++found;
  }
  return found;
}

int wait_and_scan(pollfd* descriptors, const Polled& polled, mr_stack& stack, int timeout_ms) {
  Wait wait{stack, timeout_ms < 0 ? std::nullopt : std::optional<Duration>{milliseconds{timeout_ms}}};
  std::deque<SocketBell> bells;
  for (const auto& descriptor : polled)
    if (descriptor != nullptr) bells.emplace_back(*descriptor->as_socket(), wait.bell);
  for (;;) {
    if (const int found = scan(descriptors, polled); found > 0) return found;
    if (const int error = wait.once(); error != 0) return error == -ETIMEDOUT ? 0 : error;
  }
}

}  // namespace

int poll_sockets(pollfd* descriptors, nfds_t count, int timeout_ms) {
  if (count > kMostPolled) return -EINVAL;
  if (descriptors == nullptr && count > 0) return -EFAULT;
  const Polled polled = look_up(descriptors, count);
  if (const int found = scan(descriptors, polled); found > 0 || timeout_ms == 0) return found;
  mr_stack* const stack = common_stack(polled);
  if (stack == nullptr) return -EINVAL;
  return stack->drive == nullptr ? -ENETDOWN : wait_and_scan(descriptors, polled, *stack, timeout_ms);
}

}  // namespace millrace::sockets
