// Echo with coroutines: one for every connection, written as if it could wait.
#include <millrace/coro/coro.h>
#include <millrace/millrace.h>

#include <array>
#include <deque>

#include "settings.h"

using namespace millrace;

namespace {

/// The connection is closed when the coroutine ends.
coro::Task<> echo(coro::Connection connection) {
  std::array<std::byte, 16384> bytes;
  for (;;) {
    const auto got = co_await coro::with_timeout(minutes{1}, connection.read(bytes));
    if (!got || *got == 0) co_return;  // an error, a minute of silence, or the peer has closed
    if (!co_await connection.write(std::span{bytes}.first(*got))) co_return;
  }
}

coro::Task<> serve(coro::Scheduler& scheduler, std::uint16_t port) {
  auto listener = scheduler.listen({{}, port});
  if (!listener) {
    std::fprintf(stderr, "cannot listen on port %u: %s\n", port, listener.error().to_string().c_str());
    co_return;
  }
  std::printf("listening on port %u\n", port);
  std::fflush(stdout);
  for (;;) {
    auto connection = co_await listener->accept();
    if (!connection) co_return;
    scheduler.spawn(echo(std::move(*connection)));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const api::RuntimeSettings settings = examples::settings_from(argc, argv);
  examples::hold_signals();
  std::deque<coro::Scheduler> schedulers(settings.workers);  // one per worker; they outlive the runtime
  for (coro::Scheduler& scheduler : schedulers) scheduler.spawn(serve(scheduler, 7));
  api::Runtime runtime{settings, [&](std::uint16_t worker) { return api::AppRef{schedulers[worker]}.hook(); }};
  examples::wait_for_end();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "echo_coroutines: %s\n", failure.what());
  return 1;
}
