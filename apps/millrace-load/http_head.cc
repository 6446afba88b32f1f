#include "http_head.h"

#include <algorithm>
#include <charconv>

namespace millrace::load {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

/// RFC 9112 4: "HTTP/1.1 200 OK".
bool read_status_line(std::string_view line, HttpHead& head) noexcept {
  constexpr std::size_t kVersion = 9;  // "HTTP/1.1 "
  if (!line.starts_with("HTTP/1.") || line.size() < kVersion + 3 || line[kVersion - 1] != ' ') return false;
  head.close = line[kVersion - 2] == '0';
  return read_number(line.substr(kVersion, 3), head.status) && head.status >= 100;
}

}  // namespace

std::optional<std::size_t> head_length(std::string_view text) noexcept {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

std::optional<HttpHead> parse_answer_head(std::string_view text) noexcept {
  HttpHead head;
  if (!read_status_line(take_line(text), head)) return std::nullopt;
  bool sized = head.status == 204 || head.status == 304;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // the empty line
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-length")) {
      if (!read_number(value, head.body)) return std::nullopt;
      sized = true;
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
      return std::nullopt;
    } else if (equal_ignoring_case(name, "connection")) {
      if (equal_ignoring_case(value, "close")) head.close = true;
      if (equal_ignoring_case(value, "keep-alive")) head.close = false;
    }
  }
  if (!sized) return std::nullopt;
  return head;
}

}  // namespace millrace::load
