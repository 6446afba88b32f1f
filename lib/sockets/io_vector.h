// The pieces of memory of one call: a buffer, or those of readv() and writev(), used up from the front.
#pragma once

#include <sys/uio.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <span>

namespace millrace::sockets {

class IoVector {
 public:
  /// Longer calls are cut to this, as Linux does (MAX_RW_COUNT).
  static constexpr std::size_t kMost = 0x7fff'f000;

  /// One buffer.
  IoVector(void* buffer, std::size_t length) noexcept : one_{buffer, length}, pieces_(&one_), count_(1) {}
  /// `count` pieces, which stay the caller's.
  IoVector(const iovec* pieces, std::size_t count) noexcept : pieces_(pieces), count_(count) {}
  IoVector(const IoVector&) = delete;
  IoVector& operator=(const IoVector&) = delete;

  /// Before anything else. 0; -EINVAL: the lengths are too much for a ssize_t; -EFAULT: there is no memory.
  /// `memory_unused`: null is as good as any.
  [[nodiscard]] int check(bool memory_unused = false) noexcept {
    if (pieces_ == nullptr && count_ > 0) return -EFAULT;
    std::size_t sum = 0;     // as asked for
    std::size_t usable = 0;  // of it
    for (std::size_t i = 0; i < count_; ++i) {
      const iovec& piece = pieces_[i];
      if (pieces_ != &one_ && piece.iov_len > std::size_t{SSIZE_MAX} - sum) return -EINVAL;
      if (piece.iov_base == nullptr && piece.iov_len > 0 && !memory_unused) return -EFAULT;
      sum += piece.iov_len;
      usable += piece.iov_len < kMost - usable ? piece.iov_len : kMost - usable;
    }
    left_ = usable;
    return 0;
  }

  /// Bytes not used yet.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }
  /// The next stretch of them; empty only when none is left.
  [[nodiscard]] std::span<std::byte> front() const noexcept {
    for (std::size_t i = place_, offset = offset_; i < count_; ++i, offset = 0) {
      const std::size_t here = pieces_[i].iov_len - offset;
      if (here == 0) continue;
      return {static_cast<std::byte*>(pieces_[i].iov_base) + offset, here < left_ ? here : left_};
    }
    return {};
  }
  /// Uses up `n` bytes; n <= left().
  void advance(std::size_t n) noexcept {
    left_ -= n;
    while (n > 0) {
      const std::size_t here = pieces_[place_].iov_len - offset_;
      if (n < here) {
        offset_ += n;
        return;
      }
      n -= here;
      ++place_;
      offset_ = 0;
    }
  }

 private:
  iovec one_{};
  const iovec* pieces_;
  std::size_t count_;
  std::size_t place_ = 0, offset_ = 0;
  std::size_t left_ = 0;
};

}  // namespace millrace::sockets
