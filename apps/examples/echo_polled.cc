// Echo in a loop of the program's own: no thread of Millrace's runs, poll_once() is one turn.
#include <millrace/millrace.h>
#include <poll.h>

#include <atomic>

#include "settings.h"

using namespace millrace;

namespace {

std::atomic<bool> stopping{false};

struct Echo {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind == api::EventKind::Closed) continue;  // the last we hear of it
      api::Connection connection = shard.connection(event.connection);
      connection.transfer_to(connection);
      if (connection.at_end()) connection.close();
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }
};

}  // namespace

int main(int argc, char** argv) try {
  api::RuntimeSettings settings = examples::settings_from(argc, argv);
  settings.drive = api::Drive::Caller;
  Echo app;
  api::Runtime runtime{settings, [&](std::uint16_t) { return api::AppRef{app}.hook(); }};
  examples::listen(api::Shard{runtime.shard()}, 7);

  std::signal(SIGINT, [](int) { stopping = true; });
  std::signal(SIGTERM, [](int) { stopping = true; });
  int idle_turns = 0;
  while (!stopping) {
    // ... the program's other work ...
    idle_turns = runtime.poll_once() ? 0 : idle_turns + 1;
    // A service that wants the last microsecond goes on polling; this one rests when it has been idle for a while.
    if (idle_turns > 1000) ::poll(nullptr, 0, 1);
  }
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "echo_polled: %s\n", failure.what());
  return 1;
}
