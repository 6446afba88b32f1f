// The value of one getsockopt() or setsockopt(), and how its bytes are read and written as Linux does.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace millrace::sockets {

/// What setsockopt() was given.
struct GivenValue {
  const void* bytes;
  socklen_t length;

  /// An int, or any plain struct. -EINVAL: too short; -EFAULT.
  template <class T>
  [[nodiscard]] int read(T& out) const noexcept {
    if (length < sizeof out) return -EINVAL;
    if (bytes == nullptr) return -EFAULT;
    std::memcpy(&out, bytes, sizeof out);
    return 0;
  }
  /// An int, or one byte: what the IP options take.
  [[nodiscard]] int read_int_or_byte(int& out) const noexcept {
    if (length >= sizeof out) return read(out);
    unsigned char byte = 0;
    if (const int error = read(byte); error != 0) return error;
    out = byte;
    return 0;
  }
};

/// Where getsockopt() wants it.
struct WantedValue {
  void* bytes;
  socklen_t* length;

  /// As much of the value as there is room for; its length is set to that.
  [[nodiscard]] int write(const void* from, socklen_t size) const noexcept {
    if (length == nullptr) return -EFAULT;
    if (static_cast<int>(*length) < 0) return -EINVAL;
    const socklen_t n = std::min(*length, size);
    if (bytes == nullptr && n > 0) return -EFAULT;
    if (n > 0) std::memcpy(bytes, from, n);
    *length = n;
    return 0;
  }
  template <class T>
  [[nodiscard]] int write(const T& value) const noexcept {
    return write(&value, sizeof value);
  }
  /// An int, in one byte when there is room for no more and it fits.
  [[nodiscard]] int write_int_or_byte(int value) const noexcept {
    if (length != nullptr && *length > 0 && *length < sizeof value && value >= 0 && value <= 255)
      return write(static_cast<unsigned char>(value));
    return write(value);
  }
};

}  // namespace millrace::sockets
