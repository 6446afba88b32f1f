#include "descriptor_table.h"

namespace millrace::run {

Live live_of(const std::shared_ptr<Socket>& socket) {
  return {.socket = socket,
          .shadow = socket->shadow,
          .millrace = socket->millrace,
          .kernel = socket->kernel,
          .listens = socket->listens};
}

Owner DescriptorTable::find(int fd, Live& live) {
  const Lock lock{mutex_};
  const auto socket = at(fd);
  if (socket && socket->lost) return Owner::Lost;
  if (!socket || !socket->shadow) return Owner::Kernel;
  if (!ours()) return Owner::Lost;
  live = live_of(socket);
  return Owner::Millrace;
}

std::shared_ptr<Socket> DescriptorTable::at(int fd) const {
  const auto entry = sockets_.find(fd);
  return entry == sockets_.end() ? nullptr : entry->second;
}

void DescriptorTable::add(int fd, std::shared_ptr<Socket> socket) {
  if (fd >= kMarks) return;
  socket->descriptors.push_back(fd);
  sockets_[fd] = std::move(socket);
  mark(fd).store(true, std::memory_order_release);
}

std::shared_ptr<Socket> DescriptorTable::remove(int fd) {
  const auto entry = sockets_.find(fd);
  if (entry == sockets_.end()) return nullptr;
  const std::shared_ptr<Socket> socket = std::move(entry->second);
  sockets_.erase(entry);
  mark(fd).store(false, std::memory_order_release);
  std::erase(socket->descriptors, fd);
  std::erase_if(socket->registrations, [fd](const Registration& each) { return each.descriptor == fd; });
  return socket->descriptors.empty() ? socket : nullptr;
}

void DescriptorTable::forget(const Socket& socket) {
  for (const int fd : std::vector<int>{socket.descriptors}) (void)remove(fd);
}

std::vector<int> DescriptorTable::between(unsigned first, unsigned last) const {
  std::vector<int> found;
  for (const auto& [fd, socket] : sockets_)
    if (const auto number = static_cast<unsigned>(fd); number >= first && number <= last) found.push_back(fd);
  return found;
}

void DescriptorTable::forked() {
  owner_ = ::getpid();
  for (auto& [fd, socket] : sockets_) {
    socket->lost = socket->millrace >= 0;
    if (socket->lost)
      socket->registrations.clear();  // the parent's epoll sets are shared: nothing is taken out of them
  }
}

DescriptorTable& table() noexcept {
  static auto* const only = new DescriptorTable;
  return *only;
}

}  // namespace millrace::run
