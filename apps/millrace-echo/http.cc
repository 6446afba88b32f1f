#include "http.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace millrace::echo {
namespace {

std::string answer_with_body(std::size_t body_size, std::string_view connection) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n{}",
      body_size, connection, std::string(body_size, 'x'));
}

std::string_view refusal(HttpStatus status) noexcept {
  switch (status) {
    case HttpStatus::HeadTooLarge:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    case HttpStatus::NotImplemented:
      return "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    case HttpStatus::VersionNotSupported:
      return "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    default:
      return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }
}

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Http::Http(std::size_t body_size)
    : keep_alive_answer_(answer_with_body(body_size, "keep-alive")),
      closing_answer_(answer_with_body(body_size, "close")),
      body_size_(body_size) {}

void Http::on_event(api::Connection connection, const api::Event& event) {
  const std::uint32_t index = connection.id().index;
  if (index >= exchanges_.size()) exchanges_.resize(std::size_t{index} + 1);
  Exchange& exchange = exchanges_[index];
  if (event.kind == api::EventKind::Accepted) exchange = Exchange{};

  while (skip_body(connection, exchange) && send_answer(connection, exchange)) {
    if (exchange.close_after) {
      connection.consume(connection.readable());  // unread bytes would turn the close into a reset
      return connection.close();
    }
    if (!next_request(connection, exchange)) break;
  }
  if (connection.at_end() && exchange.answer.empty()) connection.close();
}

bool Http::send_answer(api::Connection connection, Exchange& exchange) {
  if (exchange.answer.empty()) return true;
  const std::size_t sent = connection.send(std::as_bytes(std::span{exchange.answer}));
  exchange.answer.remove_prefix(sent);
  return exchange.answer.empty();
}

bool Http::skip_body(api::Connection connection, Exchange& exchange) {
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(exchange.body_to_skip, connection.readable()));
  connection.consume(here);
  exchange.body_to_skip -= here;
  return exchange.body_to_skip == 0;
}

bool Http::next_request(api::Connection connection, Exchange& exchange) {
  const std::string_view first = as_text(connection.peek());
  if (first.empty()) return false;
  if (exchange.head.empty()) {
    if (const auto length = head_length(first.substr(0, kMaxHead))) {
      begin_answer(first.substr(0, *length), exchange);
      connection.consume(*length);
      return true;
    }
  }
  // Split over packets, or not yet complete: gather. The end may straddle what was gathered before.
  const std::size_t before = exchange.head.size();
  const std::size_t taken = std::min(first.size(), kMaxHead - before);
  exchange.head.append(first.substr(0, taken));
  const auto length = head_length(exchange.head);
  if (!length) {
    connection.consume(taken);
    if (exchange.head.size() == kMaxHead) refuse(HttpStatus::HeadTooLarge, exchange);
    return true;
  }
  begin_answer(std::string_view{exchange.head}.substr(0, *length), exchange);
  connection.consume(*length - before);
  exchange.head = {};
  return true;
}

void Http::begin_answer(std::string_view head, Exchange& exchange) {
  const HttpRequest request = parse_head(head);
  if (request.status != HttpStatus::Ok) return refuse(request.status, exchange);
  exchange.body_to_skip = request.body_length;
  exchange.close_after = !request.keep_alive;
  exchange.answer = request.keep_alive ? keep_alive_answer_ : closing_answer_;
  if (request.head_only) exchange.answer.remove_suffix(body_size_);
}

void Http::refuse(HttpStatus status, Exchange& exchange) {
  exchange.answer = refusal(status);
  exchange.close_after = true;
}

}  // namespace millrace::echo
