// millrace-echo: listeners with the services echo, discard, chargen and http on the Millrace stack.
//
// Start: configuration, runtime, listeners on every worker, then "ready:" on standard output. End: SIGTERM or SIGINT
// stops the listeners, gives connections the drain time, and ends with 0.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <deque>
#include <exception>
#include <thread>

#include "api/app.h"
#include "eal_check.h"
#include "echo_app.h"
#include "echo_config.h"
#include "stack/runtime.h"
#include "stack/telemetry.h"

namespace {

using namespace millrace;

constexpr Duration kPatience = seconds{5};  // with a worker that does not answer

/// SIGTERM and SIGINT, blocked in every thread and waited for in one.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_;
};

/// The text of the first listener that was refused.
std::optional<std::string> start_listeners(stack::Runtime& runtime, std::deque<echo::EchoApp>& apps) {
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker) {
    const auto reply =
        runtime.ask<std::optional<std::string>>(worker, kPatience, [&app = apps[worker]](auto& shard, auto& refusal) {
          refusal = app.listen(api::Shard{shard});
          return stack::TaskState::Done;
        });
    if (!reply) return reply.error;
    if (*reply.answer) return **reply.answer;
  }
  return std::nullopt;
}

std::uint32_t open_connections(stack::Runtime& runtime) {
  std::uint32_t sum = 0;
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker) {
    const auto reply = runtime.ask<std::uint32_t>(worker, kPatience, [](auto& shard, std::uint32_t& answer) {
      answer = api::Shard{shard}.connections();
      return stack::TaskState::Done;
    });
    if (reply) sum += *reply.answer;
  }
  return sum;
}

/// No new connections; the others may go on until they end or the time is over.
void drain(stack::Runtime& runtime, std::deque<echo::EchoApp>& apps, Duration at_most) {
  constexpr Duration kStep = milliseconds{20};
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker)
    (void)runtime.post(worker, [&app = apps[worker]](stack::Shard& shard) { app.stop_listening(api::Shard{shard}); });
  for (Duration waited{0}; waited < at_most && open_connections(runtime) > 0; waited += kStep)
    std::this_thread::sleep_for(kStep);
}

int serve(const echo::EchoConfig& config) {
  const EndSignals end;
  std::deque<echo::EchoApp> apps;
  for (std::uint16_t i = 0; i < config.runtime.workers; ++i) apps.emplace_back(config.listeners);
  stack::Runtime runtime{config.runtime, [&](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); }};
  const stack::Telemetry telemetry{runtime};
  std::fputs(runtime.describe().c_str(), stderr);

  if (const auto refusal = start_listeners(runtime, apps)) {
    fmt::print(stderr, "millrace-echo: {}\n", *refusal);
    return 1;
  }
  fmt::print("ready: {} listeners on {} workers\n", config.listeners.size(), config.runtime.workers);
  std::fflush(stdout);

  end.wait();
  drain(runtime, apps, config.drain);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"TCP services (echo, discard, chargen, http) on the Millrace stack", "millrace-echo"};
  std::string path;
  bool check = false;
  cli.add_option("-c,--config", path, "configuration file (TOML)")->required();
  cli.add_flag("--check", check, "check the configuration and end");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help
    (void)cli.exit(error);
    return asked ? 0 : 2;
  }

  config::Diagnostics errors{path};
  const echo::EchoConfig config = echo::load_config(path, errors);
  if (!errors.empty()) {
    fmt::print(stderr, "{}", errors.to_string());
    return 2;
  }
  if (check) {
    fmt::print("{}", config::describe_eal(config.runtime, io::this_machine()));
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go, and clients are served on
  try {
    return serve(config);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "millrace-echo: {}\n", failure.what());
    return 1;
  }
}
