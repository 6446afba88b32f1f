// What the measuring programs share: sockets that do not block, and the time.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::compare {

/// "10.9.0.1:9001"
struct Target {
  std::string address;
  std::uint16_t port = 0;
};

/// Throws std::runtime_error.
[[nodiscard]] Target parse_target(const std::string& text);
/// A socket that connects; it is writable when it is connected, or failed.
[[nodiscard]] int start_connect(const Target& target);
/// Closes with RST, so that the sender forgets the connection at once.
void abort_connection(int fd);
/// Seconds of the monotonic clock.
[[nodiscard]] double now();

}  // namespace millrace::compare
