// GET and its answer over HTTP/1.1: the head parsed, the body counted by Content-Length and, if asked for, compared.
//
// Heads mostly lie in one segment and are the same as the one before, so they are compared with that first. One that is
// spread over segments is gathered in a buffer of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange.h"
#include "http_head.h"

namespace millrace::load {

struct HttpSettings {
  std::string path = "/";
  std::string host{};
  bool close = false;   ///< asks the server to close behind the answer
  bool verify = false;  ///< compares bodies with `body`, or with that of the first answer
  std::optional<std::vector<std::byte>> body{};
};

class HttpExchange final : public Exchange {
 public:
  /// The request is shorter than Text::kLongestPeriod.
  explicit HttpExchange(HttpSettings settings);

  [[nodiscard]] const Text& text() const noexcept override { return text_; }
  void open(Connection& connection) noexcept override;
  void ask(Engine& engine, Connection& connection) noexcept override;
  Progress take(Engine& engine, Connection& connection, std::span<const std::byte> text) noexcept override;

 private:
  [[nodiscard]] std::optional<std::size_t> take_head(Engine& engine, Connection& connection, std::string_view text);
  [[nodiscard]] bool begin_body(Engine& engine, Connection& connection, std::string_view head);
  /// Of a body, within one segment.
  struct Piece {
    std::size_t at;  ///< in the segment's text
    std::span<const std::byte> bytes;
    bool begins, ends;
  };
  void learn(std::uint32_t local, const Piece& piece);
  void compare(Engine& engine, Connection& connection, const Piece& piece);

  HttpSettings settings_;
  Text text_;
  std::string last_head_;
  HttpHead last_;                                            ///< what it says
  std::unordered_map<std::uint32_t, std::string> gathered_;  ///< by local end: the start of a head
  std::optional<std::uint32_t> teacher_;  ///< local end whose answer becomes the body that others are compared with
  std::vector<std::byte> lesson_;
};

}  // namespace millrace::load
