// millrace-dump: starts a capture in a running Millrace process, waits for its end and says what came of it.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "options.h"
#include "status.h"
#include "telemetry_client.h"

namespace {

using namespace millrace;
using namespace millrace::dump;

enum ExitCode { kOk = 0, kFailed = 1, kUsage = 2 };

sigset_t end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// True when a signal came within the time.
bool told_to_end() {
  const sigset_t set = end_signals();
  const timespec look{.tv_sec = 0, .tv_nsec = 100'000'000};
  return sigtimedwait(&set, nullptr, &look) > 0;
}

void say(const std::string& text) { fmt::print(stderr, "millrace-dump: {}\n", text); }

ExitCode report(const tools::Answer& status) {
  say(status_text(status));
  return is_complete(status) ? kOk : kFailed;
}

/// A file of our own for `-w -`; removed when it has been copied.
class SpoolFile {
 public:
  SpoolFile() {
    const int fd = ::mkstemp(path_.data());
    if (fd < 0) throw tools::ToolError("cannot make a file in /tmp");
    ::close(fd);
  }
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile() { std::filesystem::remove(path_); }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void copy_to_stdout() const {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path_.c_str(), "rb"), std::fclose};
    char buffer[65536];
    for (std::size_t n; file && (n = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;)
      std::fwrite(buffer, 1, n, stdout);
  }

 private:
  std::string path_ = "/tmp/millrace-dump-XXXXXX";
};

tools::Answer wait_for_end(tools::TelemetryClient& client) {
  while (true) {
    if (told_to_end()) return client.ask("/millrace/capture_stop");
    tools::Answer status = client.ask("/millrace/capture");
    if (status.fields["running"] != "1") return status;
  }
}

ExitCode capture(tools::TelemetryClient& client, const Options& options) {
  std::unique_ptr<SpoolFile> spool;
  if (options.file == "-") spool = std::make_unique<SpoolFile>();
  const std::string& path = spool ? spool->path() : options.file;
  const sigset_t signals = end_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  tools::Answer started = client.ask(fmt::format("/millrace/capture_start,{}file={}", options.words, path));
  if (started.fields.contains("error")) throw tools::ToolError(started.fields["error"]);
  say(fmt::format("capturing into {}; Ctrl-C ends it", spool ? "standard output" : path));
  const ExitCode code = report(wait_for_end(client));
  if (spool) spool->copy_to_stdout();
  return code;
}

ExitCode run(const Options& options) {
  if (options.mode == Mode::Help) {
    fmt::print("{}", usage());
    return kOk;
  }
  tools::TelemetryClient client{options.file_prefix};
  if (options.mode == Mode::Capture) return capture(client, options);
  return report(client.ask(options.mode == Mode::Stop ? "/millrace/capture_stop" : "/millrace/capture"));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  try {
    options = parse_options(std::vector<std::string>(argv + 1, argv + argc), std::filesystem::current_path());
  } catch (const tools::ToolError& error) {
    say(error.what());
    return kUsage;
  } catch (const std::exception& error) {
    say(error.what());
    return kFailed;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    say(error.what());
    return kFailed;
  }
}
