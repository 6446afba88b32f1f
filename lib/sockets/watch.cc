// One watcher per descriptor, replaced and removed under the lock that closing takes too.
#include "sockets/watch.h"

#include <poll.h>

#include <cerrno>
#include <memory>

#include "sockets/descriptor_table.h"
#include "sockets/socket.h"

namespace millrace::sockets {
namespace {

class ExternalWatch final : public Watcher {
 public:
  ExternalWatch(Socket& socket, Changed changed, void* arg) : socket_(socket), changed_(changed), arg_(arg) {
    socket_.watchers.add(*this);
  }
  ~ExternalWatch() { socket_.watchers.remove(*this); }
  ExternalWatch(const ExternalWatch&) = delete;
  ExternalWatch& operator=(const ExternalWatch&) = delete;
  void changed(std::uint32_t mask, std::uint32_t) noexcept override { changed_(arg_, mask); }

 private:
  Socket& socket_;
  Changed changed_;
  void* arg_;
};

}  // namespace

int watch(int fd, Changed changed, void* arg) {
  const std::shared_ptr<Descriptor> descriptor = descriptors().find(fd);
  if (descriptor == nullptr) return EBADF;
  Socket* const socket = descriptor->as_socket();
  if (socket == nullptr) return EINVAL;
  const std::lock_guard lock{socket->administration};
  if (socket->closed) return EBADF;
  socket->external_watch.reset();
  if (changed == nullptr) return 0;
  socket->external_watch = std::make_shared<ExternalWatch>(*socket, changed, arg);
  changed(arg, socket->mask());
  return 0;
}

std::uint32_t poll_mask(int fd) {
  const std::shared_ptr<Descriptor> descriptor = descriptors().find(fd);
  Socket* const socket = descriptor == nullptr ? nullptr : descriptor->as_socket();
  return socket == nullptr ? std::uint32_t{POLLNVAL} : socket->mask();
}

}  // namespace millrace::sockets
