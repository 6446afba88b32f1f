// Connection::word says where in an answer a connection is; Connection::left counts the rest of the body.
#include "http_exchange.h"

#include <algorithm>
#include <utility>

#include "engine.h"

namespace millrace::load {
namespace {

constexpr std::uint32_t kHead = 0, kGathering = 1, kBody = 2;

std::string request_of(const HttpSettings& settings) {
  return "GET " + settings.path + " HTTP/1.1\r\nHost: " + settings.host + "\r\nUser-Agent: millrace-load\r\n" +
         (settings.close ? "Connection: close\r\n\r\n" : "\r\n");
}

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

HttpExchange::HttpExchange(HttpSettings settings) : settings_(std::move(settings)), text_(request_of(settings_)) {}

void HttpExchange::open(Connection& connection) noexcept { connection.text_at = 0; }

void HttpExchange::ask(Engine& engine, Connection& connection) noexcept {
  connection.word = kHead;
  engine.send(connection, text_.period());
}

Progress HttpExchange::take(Engine& engine, Connection& connection, std::span<const std::byte> text) noexcept {
  std::size_t at = 0;
  const bool begins = connection.word != kBody;
  if (begins) {
    const auto taken = take_head(engine, connection, as_text(text));
    if (!taken) return Progress::Broken;
    if (connection.word != kBody) return Progress::More;
    at = *taken;
  }
  const auto body = text.subspan(at);
  if (body.size() > connection.left) return Progress::Broken;
  if (settings_.verify) {
    const Piece piece{at, body, begins, body.size() == connection.left};
    settings_.body ? compare(engine, connection, piece) : learn(engine.local_of(connection), piece);
  }
  connection.left -= static_cast<std::uint32_t>(body.size());
  return connection.left == 0 ? Progress::Whole : Progress::More;
}

/// How many bytes of `text` belong to the head; nullopt when it can't be read. The body has begun if word is kBody.
std::optional<std::size_t> HttpExchange::take_head(Engine& engine, Connection& connection, std::string_view text) {
  if (connection.word == kHead) {
    if (const auto length = head_length(text)) {
      if (!begin_body(engine, connection, text.substr(0, *length))) return std::nullopt;
      return *length;
    }
  }
  std::string& head = gathered_[engine.local_of(connection)];
  if (connection.word == kHead) head.clear();
  connection.word = kGathering;
  const std::size_t before = head.size();
  head.append(text.substr(0, kMostHead - before));
  const auto length = head_length(head);
  if (!length) return head.size() < kMostHead ? std::optional{text.size()} : std::nullopt;
  const bool good = begin_body(engine, connection, std::string_view{head}.substr(0, *length));
  gathered_.erase(engine.local_of(connection));
  if (!good) return std::nullopt;
  return *length - before;
}

bool HttpExchange::begin_body(Engine& engine, Connection& connection, std::string_view head) {
  if (head != last_head_) {
    const auto parsed = parse_answer_head(head);
    if (!parsed) return false;
    last_ = *parsed;
    last_head_ = head;
  }
  if (!last_.good()) ++engine.part_of(connection).count.bad_answers;
  if (last_.close) connection.set(flag::kLast);
  connection.word = kBody;
  connection.left = last_.body;
  if (settings_.verify && settings_.body && last_.body != settings_.body->size())
    engine.note_mismatch(connection, 0, std::byte{}, std::byte{});
  return true;
}

/// The first connection whose body begins is the teacher. Until its answer is whole, others are not compared.
void HttpExchange::learn(std::uint32_t local, const Piece& piece) {
  if (piece.begins && !teacher_) teacher_ = local;
  if (teacher_ != local) return;
  if (piece.begins) lesson_.clear();
  lesson_.insert(lesson_.end(), piece.bytes.begin(), piece.bytes.end());
  if (piece.ends) settings_.body = std::move(lesson_);
}

/// A body of another length was noted when it began.
void HttpExchange::compare(Engine& engine, Connection& connection, const Piece& piece) {
  const std::vector<std::byte>& want = *settings_.body;
  if (connection.left > want.size()) return;
  const auto expected = std::span{want}.subspan(want.size() - connection.left, piece.bytes.size());
  const auto [got, wanted] = std::ranges::mismatch(piece.bytes, expected);
  if (got == piece.bytes.end()) return;
  engine.note_mismatch(connection, piece.at + static_cast<std::size_t>(got - piece.bytes.begin()), *wanted, *got);
}

}  // namespace millrace::load
