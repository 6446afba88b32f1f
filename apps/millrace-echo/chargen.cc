#include "chargen.h"

#include <span>

namespace millrace::echo {
namespace {

constexpr std::size_t kCharacters = 95;  // ' ' to '~'
constexpr std::size_t kLine = 72;

}  // namespace

Chargen::Chargen() {
  for (std::size_t line = 0; line < 2 * kCharacters; ++line) {
    for (std::size_t i = 0; i < kLine; ++i) pattern_ += static_cast<char>(' ' + (line + i) % kCharacters);
    pattern_ += "\r\n";
  }
}

void Chargen::on_event(api::Connection connection, const api::Event& event) {
  connection.consume(connection.readable());
  if (connection.at_end()) return connection.close();
  const std::uint32_t index = connection.id().index;
  if (index >= positions_.size()) positions_.resize(std::size_t{index} + 1);
  if (event.kind == api::EventKind::Accepted) positions_[index] = 0;
  if (event.kind == api::EventKind::Accepted || event.kind == api::EventKind::Writable)
    send(connection, positions_[index]);
}

void Chargen::send(api::Connection connection, std::uint32_t& position) {
  while (true) {
    const std::size_t sent = connection.send(std::as_bytes(std::span{pattern_.data() + position, kPeriod}));
    position = static_cast<std::uint32_t>((position + sent) % kPeriod);
    if (sent < kPeriod) return;  // Writable follows
  }
}

}  // namespace millrace::echo
