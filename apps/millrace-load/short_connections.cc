#include "short_connections.h"

#include <utility>

#include "local_ends.h"

namespace millrace::load {

ShortConnections::ShortConnections(Engine& engine, std::uint8_t part, std::unique_ptr<Exchange> exchange,
                                   const ShortSettings& settings)
    : engine_(engine),
      part_(part),
      exchange_(std::move(exchange)),
      settings_(settings),
      free_(count_local_ends(engine.sources(), engine.parts()[part].ports)) {
  if (settings.rate > 0) schedule_.emplace(settings.rate);
  const PortRange ports = engine.parts()[part].ports;
  fill_local_ends(engine.sources(), ports, count_local_ends(engine.sources(), ports), free_);
}

void ShortConnections::begin(Time now) {
  begun_ = true;
  if (schedule_) schedule_->start(now);
}

void ShortConnections::turn(Time now, std::size_t room) {
  if (!begun_) return;
  const std::uint64_t due = schedule_ ? schedule_->due(now) : ~std::uint64_t{0};
  for (; room > 0 && opened_ < due && under_way_ < settings_.connections && !free_.empty(); --room) {
    engine_.open(free_.pop(), part_, schedule_ ? schedule_->at(opened_) : now);
    ++opened_;
    ++under_way_;
  }
}

std::uint64_t ShortConnections::late(Time now) const noexcept {
  return schedule_ && begun_ ? schedule_->due(now) - opened_ : 0;
}

void ShortConnections::on_open(Connection& connection) {
  exchange_->open(connection);
  connection.set(flag::kBusy);
  exchange_->ask(engine_, connection);
}

void ShortConnections::on_text(Connection& connection, std::span<const std::byte> text) {
  if (!answered(engine_, *exchange_, connection, text)) return;
  connection.clear(flag::kBusy);
  if (settings_.closer == Closer::Client) engine_.close(connection);
}

void ShortConnections::on_peer_fin(Connection& connection) {
  if (connection.has(flag::kBusy)) ++engine_.part_of(connection).count.failed;
  engine_.close(connection);
}

void ShortConnections::on_closed(Connection& connection, End how) {
  --under_way_;
  if (how == End::Closed && !connection.has(flag::kBusy)) ++engine_.part_of(connection).count.connections;
  free_.push(engine_.local_of(connection));
}

}  // namespace millrace::load
