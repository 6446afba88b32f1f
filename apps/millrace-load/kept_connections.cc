#include "kept_connections.h"

#include <utility>

namespace millrace::load {

KeptConnections::KeptConnections(Engine& engine, std::uint8_t part, std::unique_ptr<Exchange> exchange,
                                 const KeptSettings& settings)
    : engine_(engine),
      exchange_(std::move(exchange)),
      opener_(engine, part, settings.connections),
      idle_(settings.connections) {
  if (settings.rate > 0) schedule_.emplace(settings.rate);
}

void KeptConnections::begin(Time now) {
  begun_ = true;
  if (schedule_) schedule_->start(now);
}

void KeptConnections::turn(Time now, std::size_t room) {
  opener_.turn(room);
  if (begun_) ask_idle(now, room);
}

void KeptConnections::ask_idle(Time now, std::size_t room) {
  const std::uint64_t due = schedule_ ? schedule_->due(now) : ~std::uint64_t{0};
  for (; room > 0 && asked_ < due; --room) {
    Connection* const connection = take_idle();
    if (connection == nullptr) return;
    ask(*connection, schedule_ ? schedule_->at(asked_) : now);
    ++asked_;
  }
}

std::uint64_t KeptConnections::late(Time now) const noexcept {
  return schedule_ && begun_ ? schedule_->due(now) - asked_ : 0;
}

/// The one that was idle longest; those that ended meanwhile are passed over.
Connection* KeptConnections::take_idle() noexcept {
  while (!idle_.empty()) {
    Connection& connection = engine_.connection(idle_.pop());
    connection.clear(flag::kIdle);
    const bool usable =
        connection.state == State::Open && !connection.has(flag::kBusy | flag::kFinWanted | flag::kLast);
    if (usable) return &connection;
  }
  return nullptr;
}

void KeptConnections::ask(Connection& connection, Time began) noexcept {
  connection.began = began;
  connection.set(flag::kBusy);
  exchange_->ask(engine_, connection);
}

void KeptConnections::rest(Connection& connection) noexcept {
  connection.clear(flag::kBusy);
  if (connection.has(flag::kIdle)) return;  // from the connection that this local end had before
  connection.set(flag::kIdle);
  idle_.push(engine_.local_of(connection));
}

void KeptConnections::on_open(Connection& connection) {
  opener_.on_open();
  exchange_->open(connection);
  rest(connection);
}

void KeptConnections::on_text(Connection& connection, std::span<const std::byte> text) {
  if (!answered(engine_, *exchange_, connection, text)) return;
  if (connection.has(flag::kLast))
    connection.clear(flag::kBusy);
  else if (begun_ && !schedule_)
    ask(connection, engine_.now());
  else
    rest(connection);
}

void KeptConnections::on_peer_fin(Connection& connection) {
  if (connection.has(flag::kBusy) && !connection.has(flag::kFinWanted)) ++engine_.part_of(connection).count.failed;
  engine_.close(connection);
}

void KeptConnections::on_closed(Connection& connection, End how) { opener_.on_closed(connection, how); }

}  // namespace millrace::load
