// millrace-proxy: reads its configuration, starts the stack with a proxy on each worker, waits for a signal, drains.
//
// Signals are taken by this thread alone, between its seconds: the first SIGTERM or SIGINT drains, the second ends at
// once. Everything that serves clients runs on the workers.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "config_file.h"
#include "exit_code.h"
#include "memory_check.h"
#include "options.h"
#include "report.h"
#include "service.h"
#include "values.h"

namespace {

using namespace millrace;
using namespace millrace::config;

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// Waits for one of the stop signals; 0 when the time is over.
int wait_for_signal(std::chrono::milliseconds time) {
  const sigset_t set = stop_signals();
  const timespec limit{time.count() / 1000, time.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &limit);
  return signal > 0 ? signal : 0;
}

/// Says nothing when nobody listens: that is no reason to end, or to stand still.
void say(const std::string& text) {
  constexpr int kPatienceMs = 100;
  pollfd stream{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&stream, 1, kPatienceMs) != 1) return;  // DPDK's signals may cut the wait short
  std::fputs(fmt::format("millrace-proxy: {}\n", text).c_str(), stderr);
  std::fflush(stderr);
}

/// The configuration, or nothing after its errors were printed.
std::optional<ProxyConfig> load(const Options& options, const io::Machine& machine) {
  Diagnostics errors(options.file);
  const auto text = read_file(options.file, errors);
  ProxyConfig config;
  if (text) config = read_proxy_config(*text, errors);
  config.runtime.settings.eal_arguments = options.eal_arguments;
  if (errors.empty()) check_memory(config.runtime, read_free_memory(machine), errors);
  if (errors.empty()) return config;
  fmt::print(stderr, "{}", errors.to_string());
  return std::nullopt;
}

/// Serves until the first signal.
int serve(const Service& service) {
  const bool watched = isatty(STDERR_FILENO) != 0;
  Totals before = totals_of(service.proxies());
  while (true) {
    if (const int signal = wait_for_signal(std::chrono::seconds{1})) return signal;
    const Totals now = totals_of(service.proxies());
    if (watched) say(summary_line(before, now));
    before = now;
  }
}

/// Lets live connections end. True when they have, false when a second signal came first.
bool drain(Service& service) {
  bool ordered = service.drain();
  while (!service.drained()) {
    if (wait_for_signal(std::chrono::milliseconds{10}) != 0) return false;
    if (!ordered) ordered = service.drain();
  }
  return true;
}

ExitCode run(const ProxyConfig& config) {
  Service service(config);
  say(service.describe());
  fmt::print("ready: {} listeners on {} ports, {} workers\n", config.proxy.listeners.size(),
             config.runtime.settings.ports.size(), config.runtime.settings.workers);
  std::fflush(stdout);

  const int signal = serve(service);
  say(fmt::format("SIG{}: draining {} connections, at most {}", sigabbrev_np(signal),
                  totals_of(service.proxies()).active, format_duration(config.proxy.drain)));
  if (!drain(service)) {
    say(fmt::format("ended by a second signal with {} connections alive", totals_of(service.proxies()).active));
    return kExitCutShort;
  }
  say("ended: drained");
  return kExitStopped;
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedOptions parsed = parse_options(std::vector<std::string>(argv + 1, argv + argc));
  if (!parsed.options) return parsed.exit_code;
  const io::Machine machine = io::this_machine();
  const auto config = load(*parsed.options, machine);
  if (!config) return kExitConfig;
  if (parsed.options->check) {
    fmt::print("{}", describe_plan(*config, read_free_memory(machine), machine));
    return kExitStopped;
  }
  const sigset_t signals = stop_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // before any thread exists: all inherit it
  std::signal(SIGPIPE, SIG_IGN);              // who reads our output may go, and clients are served on
  try {
    return run(*config);
  } catch (const std::exception& error) {
    say(fmt::format("ended: {}", error.what()));
    return kExitFailed;
  }
}
