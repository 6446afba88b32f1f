// Requests and answers of a fixed size, for echo and the like. With `verify` the answer is to be the request again.
#pragma once

#include <cstdint>

#include "exchange.h"

namespace millrace::load {

class SizedExchange final : public Exchange {
 public:
  SizedExchange(std::uint32_t request, std::uint32_t answer, bool verify)
      : text_(Text::pattern()), request_(request), answer_(answer), verify_(verify) {}

  [[nodiscard]] const Text& text() const noexcept override { return text_; }
  void open(Connection& connection) noexcept override { connection.want_at = connection.text_at; }
  void ask(Engine& engine, Connection& connection) noexcept override;
  Progress take(Engine& engine, Connection& connection, std::span<const std::byte> text) noexcept override;

 private:
  Text text_;
  std::uint32_t request_, answer_;  ///< bytes
  bool verify_;
};

}  // namespace millrace::load
