// As much of HTTP/1.1 (RFC 9112) as a fixed answer needs: where a request's head ends and what it decides.
//
// Parsing is bounded by the bytes given; nothing is kept. A body is recognised by Content-Length so that it can be
// skipped; Transfer-Encoding is refused, since its end can't be found without decoding it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::echo {

inline constexpr std::size_t kMaxHead = 8192;  ///< request line and headers; more is answered 431

enum class HttpStatus : std::uint16_t {
  Ok = 200,
  BadRequest = 400,
  HeadTooLarge = 431,
  NotImplemented = 501,
  VersionNotSupported = 505,
};

struct HttpRequest {
  HttpStatus status = HttpStatus::Ok;
  bool head_only = false;         ///< HEAD: no body in the answer
  bool keep_alive = true;         ///< HTTP/1.1 without "Connection: close", or 1.0 with "Connection: keep-alive"
  std::uint64_t body_length = 0;  ///< bytes that follow the head and belong to this request
};

/// Length of the head up to and including the empty line; nullopt when it is not complete.
[[nodiscard]] std::optional<std::size_t> head_length(std::string_view bytes) noexcept;

/// `head` is one complete head, as measured by head_length().
[[nodiscard]] HttpRequest parse_head(std::string_view head) noexcept;

}  // namespace millrace::echo
