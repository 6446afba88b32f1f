#include "http_request.h"

#include <algorithm>
#include <charconv>

namespace millrace::echo {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Without the blanks (RFC 9110 5.6.3, OWS) at both ends.
std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts off everything up to the separator and returns it.
std::string_view take_until(std::string_view& text, std::string_view separator) noexcept {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
  return taken;
}

bool list_contains(std::string_view list, std::string_view word) noexcept {
  while (!list.empty())
    if (equal_ignoring_case(trimmed(take_until(list, ",")), word)) return true;
  return false;
}

void refuse(HttpRequest& request, HttpStatus why) noexcept {
  request.status = why;
  request.keep_alive = false;  // where the next request starts is not known
}

void parse_request_line(std::string_view line, HttpRequest& request) noexcept {
  const std::string_view method = take_until(line, " ");
  const std::string_view target = take_until(line, " ");
  const std::string_view version = line;
  if (method.empty() || target.empty() || !version.starts_with("HTTP/")) return refuse(request, HttpStatus::BadRequest);
  if (!version.starts_with("HTTP/1.") || version.size() != 8) return refuse(request, HttpStatus::VersionNotSupported);
  request.head_only = method == "HEAD";
  request.keep_alive = version != "HTTP/1.0";
}

void parse_content_length(std::string_view value, HttpRequest& request) noexcept {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, request.body_length);
  if (error != std::errc{} || stop != end) refuse(request, HttpStatus::BadRequest);
}

void parse_field(std::string_view line, HttpRequest& request) noexcept {
  if (line.find(':') == std::string_view::npos) return refuse(request, HttpStatus::BadRequest);
  const std::string_view name = take_until(line, ":");
  const std::string_view value = trimmed(line);
  if (equal_ignoring_case(name, "connection")) {
    if (list_contains(value, "close"))
      request.keep_alive = false;
    else if (list_contains(value, "keep-alive"))
      request.keep_alive = true;
  } else if (equal_ignoring_case(name, "content-length")) {
    parse_content_length(value, request);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    refuse(request, HttpStatus::NotImplemented);
  }
}

}  // namespace

std::optional<std::size_t> head_length(std::string_view bytes) noexcept {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

HttpRequest parse_head(std::string_view head) noexcept {
  HttpRequest request;
  parse_request_line(take_until(head, "\r\n"), request);
  while (request.status == HttpStatus::Ok && !head.empty()) {
    const std::string_view line = take_until(head, "\r\n");
    if (line.empty()) break;
    parse_field(line, request);
  }
  return request;
}

}  // namespace millrace::echo
