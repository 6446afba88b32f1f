// Starting and stopping EAL. Its reasons are only in its log, so the log of the start is caught and becomes part of the
// error text (rte_errno often says "Success" or a bare "Permission denied").
#include "io/eal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_pdump.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "io/interrupt_thread.h"
#include "io/tap_trigger.h"

namespace millrace::io {
namespace {

/// Catches DPDK's log from construction to destruction.
class LogCatcher {
 public:
  LogCatcher() : stream_(::open_memstream(&text_, &size_)) {
    if (stream_ != nullptr) rte_openlog_stream(stream_);
  }
  ~LogCatcher() {
    rte_openlog_stream(nullptr);
    if (stream_ != nullptr) std::fclose(stream_);
    std::free(text_);
  }
  LogCatcher(const LogCatcher&) = delete;
  LogCatcher& operator=(const LogCatcher&) = delete;

  [[nodiscard]] std::string_view text() {
    if (stream_ == nullptr) return {};
    std::fflush(stream_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

std::string next_step(std::string_view log) {
  const auto says = [log](std::string_view part) { return log.find(part) != std::string_view::npos; };
  if (says("another primary process")) return "choose another file prefix for this process";
  if (says("hugepage")) return "free or reserve hugepages, or run without them";
  if (says("invalid core list") || says("lcore")) return "give lcores on CPUs that this process may use";
  if (says("parse device") || says("attach") || says("probe")) return "check the device arguments";
  if (says("ermission denied")) return "run as root, or give the user access to the runtime directory";
  return "check the arguments (a program's --check prints them)";
}

std::string one_line(std::string_view log) {
  std::string line;
  for (char c : log) line += c == '\n' ? ' ' : c;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// EAL prints all its options to the standard output when it dislikes one: of no use to who gave settings, not options.
class StdoutMuter {
 public:
  StdoutMuter() : saved_((std::fflush(stdout), ::dup(STDOUT_FILENO))) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO);
    if (nowhere >= 0) ::close(nowhere);
  }
  ~StdoutMuter() {
    std::fflush(stdout);
    if (saved_ < 0) return;
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }
  StdoutMuter(const StdoutMuter&) = delete;
  StdoutMuter& operator=(const StdoutMuter&) = delete;

 private:
  int saved_;
};

/// EAL pins the thread that starts it to one CPU; afterwards it runs where it ran before.
class AffinityKeeper {
 public:
  AffinityKeeper() : known_(pthread_getaffinity_np(pthread_self(), sizeof before_, &before_) == 0) {}
  ~AffinityKeeper() {
    if (known_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
  }
  AffinityKeeper(const AffinityKeeper&) = delete;
  AffinityKeeper& operator=(const AffinityKeeper&) = delete;

 private:
  cpu_set_t before_{};
  bool known_;
};

void start(std::vector<std::string> arguments) {
  const AffinityKeeper keeper;
  const NoTapTrigger no_trigger;
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  LogCatcher log;
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    if (rte_errno == EALREADY)
      throw std::runtime_error("DPDK was started before in this process; it can be started once: start a new process");
    const std::string cause = log.text().empty() ? rte_strerror(rte_errno) : one_line(log.text());
    throw std::runtime_error(fmt::format("cannot start DPDK: {}; {}", cause, next_step(log.text())));
  }
  std::fwrite(log.text().data(), 1, log.text().size(), stderr);
}

}  // namespace

Eal::Eal(const EalConfig& config) : arguments_(eal_arguments(config, this_machine())) {
  const StdoutMuter muted;
  start(arguments_);
}

Eal::Eal(std::vector<std::string> arguments) : arguments_(std::move(arguments)) { start(arguments_); }

Eal::~Eal() {
  settle_interrupt_thread();
  rte_eal_cleanup();
}

bool Eal::allow_dumpcap() const noexcept { return rte_pdump_init() == 0; }

std::string Eal::runtime_dir() const { return rte_eal_get_runtime_dir(); }

}  // namespace millrace::io
