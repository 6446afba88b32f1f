// What the receiver's two measurements share: sockets that do not block, and the time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// Reads from every target for so long. A JSON list: bytes, seconds, samples (bytes per tenth of a second), intact.
[[nodiscard]] std::string measure_bulk(const std::vector<Target>& targets, double duration);

struct AnswerPlan {
  std::size_t size = 0;   ///< of the body
  std::size_t count = 0;  ///< connections
  double every = 0;       ///< s between their starts, whether or not the ones before are done
  double patience = 0;    ///< s after the last start
};
/// One request on each connection. A JSON object: times from the request to the last byte, in ms; how many failed.
[[nodiscard]] std::string measure_answers(const Target& target, const AnswerPlan& plan);

}  // namespace millrace::compare
