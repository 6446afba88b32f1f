// The head of an HTTP/1.1 answer (RFC 9112), as far as a generator needs it: is it good, how long is the body, does the
// server close behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::load {

inline constexpr std::size_t kMostHead = 16384;  ///< bytes; a longer head is none

struct HttpHead {
  std::uint16_t status = 0;
  std::uint32_t body = 0;  ///< bytes
  bool close = false;      ///< the server closes behind it

  [[nodiscard]] bool good() const noexcept { return status / 100 == 2; }
  bool operator==(const HttpHead&) const = default;
};

/// Bytes up to and including the empty line; nullopt when there is none yet.
[[nodiscard]] std::optional<std::size_t> head_length(std::string_view text) noexcept;

/// A whole head. nullopt when it is no HTTP/1.x answer, or does not say how long its body is: Content-Length is needed,
/// save with 204 and 304; chunks are not read.
[[nodiscard]] std::optional<HttpHead> parse_answer_head(std::string_view head) noexcept;

}  // namespace millrace::load
