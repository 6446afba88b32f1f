#include "sized_exchange.h"

#include "verify.h"

namespace millrace::load {

void SizedExchange::ask(Engine& engine, Connection& connection) noexcept {
  connection.left = answer_;
  engine.send(connection, request_);
}

Progress SizedExchange::take(Engine& engine, Connection& connection, std::span<const std::byte> text) noexcept {
  if (verify_) verify(engine, connection, text_, text);
  if (text.size() > connection.left) return Progress::Broken;
  connection.left -= static_cast<std::uint32_t>(text.size());
  return connection.left == 0 ? Progress::Whole : Progress::More;
}

}  // namespace millrace::load
