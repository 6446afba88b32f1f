// What is left of a scattered buffer while it is worked through.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <span>
#include <vector>

namespace millrace::run {

/// What Linux refuses of a message before it asks the socket: 0 or an errno.
[[nodiscard]] inline int fault_of(const msghdr* message) noexcept {
  if (message == nullptr) return EFAULT;
  if (message->msg_iovlen > IOV_MAX) return EMSGSIZE;
  return message->msg_iov == nullptr && message->msg_iovlen > 0 ? EFAULT : 0;
}

/// The same for readv() and writev().
[[nodiscard]] inline int fault_of(const iovec* vector, int count) noexcept {
  if (count < 0 || count > IOV_MAX) return EINVAL;
  return vector == nullptr && count > 0 ? EFAULT : 0;
}

class IoVector {
 public:
  explicit IoVector(std::span<const iovec> parts) : parts_(parts.begin(), parts.end()) { advance(0); }

  [[nodiscard]] bool empty() const noexcept { return first_ == parts_.size(); }

  /// Passes over `bytes`, and over parts without any.
  void advance(std::size_t bytes) noexcept {
    while (!empty()) {
      iovec& part = parts_[first_];
      const std::size_t step = std::min(bytes, part.iov_len);
      part.iov_base = static_cast<std::byte*>(part.iov_base) + step;
      part.iov_len -= step;
      bytes -= step;
      if (part.iov_len > 0) return;
      ++first_;
    }
  }

  void put_into(msghdr& message) noexcept {
    message.msg_iov = parts_.data() + first_;
    message.msg_iovlen = parts_.size() - first_;
  }

 private:
  std::vector<iovec> parts_;
  std::size_t first_ = 0;
};

}  // namespace millrace::run
