// Echo with events: Millrace runs the threads and calls the application once per turn with all that happened.
#include <millrace/millrace.h>

#include "settings.h"

using namespace millrace;

namespace {

/// One per worker, used by its thread only.
struct Echo {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind == api::EventKind::Closed) continue;  // the last we hear of it
      api::Connection connection = shard.connection(event.connection);
      // What was received becomes what is to be sent, in the same buffers. When the send queue is full the rest waits
      // for a Writable event; the peer's window closes meanwhile.
      connection.transfer_to(connection);
      if (connection.at_end()) connection.close();
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }
};

}  // namespace

int main(int argc, char** argv) try {
  const api::RuntimeSettings settings = examples::settings_from(argc, argv);
  examples::hold_signals();
  std::vector<Echo> apps(settings.workers);
  api::Runtime runtime{settings, [&](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); }};
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker)
    (void)api::post(runtime, worker, [](api::Shard shard) { examples::listen(shard, 7); });
  examples::wait_for_end();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "echo_events: %s\n", failure.what());
  return 1;
}
