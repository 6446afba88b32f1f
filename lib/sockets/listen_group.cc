// Connections go to the members in turn, by their number.
#include "sockets/listen_group.h"

#include <algorithm>

#include "sockets/socket.h"

namespace millrace::sockets {

std::vector<ListenGroup::Member>::iterator ListenGroup::find(const Socket& socket) {
  return std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.name == &socket; });
}

void ListenGroup::join(const std::shared_ptr<Socket>& socket, std::uint32_t backlog, const Options& options) {
  const std::lock_guard lock{mutex_};
  // The stack's listener has the options of the first.
  members_.push_back({socket, socket.get(), backlog, options, !members_.empty()});
}

void ListenGroup::set_options(const Socket& socket, const Options& options) {
  const std::lock_guard lock{mutex_};
  if (const auto member = find(socket); member != members_.end()) {
    member->options = options;
    member->tell_options = true;
  }
}

void ListenGroup::set_backlog(const Socket& socket, std::uint32_t backlog) {
  const std::lock_guard lock{mutex_};
  if (const auto member = find(socket); member != members_.end()) member->backlog = backlog;
}

bool ListenGroup::leave(const Socket& socket) {
  const std::lock_guard lock{mutex_};
  if (const auto member = find(socket); member != members_.end()) members_.erase(member);
  return members_.empty();
}

bool ListenGroup::has_members() const {
  const std::lock_guard lock{mutex_};
  return !members_.empty();
}

std::uint32_t ListenGroup::backlog_per_worker() const {
  const std::lock_guard lock{mutex_};
  std::uint64_t sum = 0;
  for (const Member& member : members_) sum += member.backlog;
  return static_cast<std::uint32_t>((sum + numbers.size() - 1) / numbers.size());
}

ListenGroup::Heir ListenGroup::choose(std::uint32_t n) const {
  const std::lock_guard lock{mutex_};
  if (members_.empty()) return {};
  const Member& member = members_[n % members_.size()];
  return {member.socket.lock(), member.options, member.tell_options};
}

bool ListenGroup::hand_over(const std::shared_ptr<Socket>& member, const std::shared_ptr<Socket>& connection) {
  const std::lock_guard lock{mutex_};
  if (find(*member) == members_.end()) return false;
  member->accept_queue.push(connection);
  member->accept_queue_changed();
  return true;
}

}  // namespace millrace::sockets
