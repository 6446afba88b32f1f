// How a call says that it failed.
#pragma once

#include <cerrno>

namespace millrace::run {

inline int fail(int error) noexcept {
  errno = error;
  return -1;
}

/// Puts errno back to what it was, at the end of a block that does more after a call.
class KeptErrno {
 public:
  KeptErrno() noexcept : error_(errno) {}
  KeptErrno(const KeptErrno&) = delete;
  KeptErrno& operator=(const KeptErrno&) = delete;
  ~KeptErrno() { errno = error_; }
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  const int error_;
};

}  // namespace millrace::run
