#include "bulk.h"

#include "verify.h"

namespace millrace::load {

Bulk::Bulk(Engine& engine, std::uint8_t part, const BulkSettings& settings)
    : engine_(engine), settings_(settings), opener_(engine, part, settings.connections), text_(Text::pattern()) {
  if (settings.verify && settings.direction == Direction::Down) want_ = Text::chargen();
  if (settings.verify && settings.direction == Direction::Both) want_ = text_;
}

void Bulk::on_open(Connection& connection) {
  opener_.on_open();
  if (settings_.direction == Direction::Down) return;
  connection.want_at = connection.text_at;
  engine_.send_without_end(connection);
}

void Bulk::on_text(Connection& connection, std::span<const std::byte> text) {
  if (want_) verify(engine_, connection, *want_, text);
}

void Bulk::on_peer_fin(Connection& connection) { engine_.close(connection); }

}  // namespace millrace::load
