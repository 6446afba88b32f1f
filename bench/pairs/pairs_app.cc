#include "pairs_app.h"

#include <algorithm>
#include <array>

namespace millrace::bench {
namespace {

constexpr std::array<std::byte, 64> kText{};
constexpr std::uint32_t kOpensPerTurn = 32;
/// Of a host within a rack. Without a bound, windows grow until the wire's ring is what is full, and all data leaves
/// every cache before it is read.
constexpr std::uint32_t kBulkBuffer = 131'072;

void pour(api::Connection connection) {
  static constexpr std::array<std::byte, 65'536> kStream{};
  while (connection.send(kStream) == kStream.size()) {
  }
}

}  // namespace

bool PairsApp::listen(api::Shard shard) {
  api::ListenOptions options;
  options.no_delay = true;
  if (settings_.mode == PairsMode::Bulk) options.send_buffer = kBulkBuffer;
  options.half_open_limit = 16'384;
  const auto listens = [&](const api::Endpoint& server) { return bool{shard.listen(server, options)}; };
  running_ = std::ranges::all_of(settings_.servers, listens);
  return running_;
}

void PairsApp::on_events(api::Shard shard, std::span<const api::Event> events) {
  for (const api::Event& event : events) {
    const api::Connection connection = shard.connection(event.connection);
    event.user == kClient ? on_client(connection, event) : on_server(connection, event);
  }
}

void PairsApp::on_turn(api::Shard shard, Time) {
  if (!running_) return;
  for (std::uint32_t i = 0; i < kOpensPerTurn && under_way_ < settings_.at_once; ++i, ++under_way_) {
    api::ConnectOptions options;
    options.user = kClient;
    options.no_delay = true;
    if (settings_.mode == PairsMode::Bulk) options.receive_buffer = kBulkBuffer;
    options.local_addresses = settings_.clients;
    if (!shard.connect(settings_.proxy, options)) return;
  }
}

void PairsApp::on_client(api::Connection connection, const api::Event& event) {
  switch (event.kind) {
    case api::EventKind::Connected:
      if (settings_.mode == PairsMode::Short) (void)connection.send(kText);
      break;
    case api::EventKind::Readable:
      bytes_.add(connection.readable());
      connection.consume(connection.readable());
      break;
    case api::EventKind::PeerClosed:
      connection.close();
      client_gone(finished_);
      break;
    case api::EventKind::Closed:
      client_gone(failed_);
      break;
    default:
      break;
  }
}

void PairsApp::on_server(api::Connection connection, const api::Event& event) {
  if (settings_.mode == PairsMode::Bulk) {
    if (event.kind == api::EventKind::Accepted || event.kind == api::EventKind::Writable) pour(connection);
    return;
  }
  if (event.kind != api::EventKind::Readable || connection.readable() < kText.size()) return;
  connection.consume(connection.readable());
  (void)connection.send(kText);
  connection.close();
}

void PairsApp::client_gone(base::Counter& how) {
  ++how;
  --under_way_;
}

}  // namespace millrace::bench
