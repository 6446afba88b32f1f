// millrace-ss: what a running Millrace process knows about its connections, for people and scripts.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "options.h"
#include "summary.h"
#include "telemetry_client.h"
#include "views.h"

namespace {

using namespace millrace;
using namespace millrace::ss;

enum ExitCode { kOk = 0, kFailed = 1, kUsage = 2, kUnknown = 3 };

std::uint64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// Workers that gave no answer are named, after what the others said.
ExitCode report(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) fmt::print(stderr, "millrace-ss: {}\n", error);
  return errors.empty() ? kOk : kFailed;
}

ExitCode list_connections(tools::TelemetryClient& client, const Options& options) {
  if (!options.json) print(connection_head());
  return report(tools::for_each_row(client, "/millrace/connections", options.filter, [&](const tools::Row& row) {
    print(options.json ? json_text(row) : connection_text(row, options.one_line));
  }));
}

ExitCode list_upstreams(tools::TelemetryClient& client, const Options& options) {
  if (!options.json) print(upstream_head());
  return report(tools::for_each_row(client, "/millrace/upstreams", "", [&](const tools::Row& row) {
    print(options.json ? json_text(row) : upstream_text(row));
  }));
}

/// Workers are asked one after the other; what ended is shown in the order of time.
ExitCode list_closed(tools::TelemetryClient& client, const Options& options) {
  const char* const command = options.half_open ? "/millrace/closed_half_open" : "/millrace/closed";
  const std::uint64_t now = now_us();
  std::multimap<std::uint64_t, std::string> lines;
  const auto errors = tools::for_each_row(client, command, options.filter, [&](const tools::Row& row) {
    lines.emplace(row.number("ended_us"), options.json ? json_text(row) : closed_text(row, now));
    if (options.last != 0 && lines.size() > options.last) lines.erase(lines.begin());
  });
  for (const auto& [at, line] : lines) print(line);
  return report(errors);
}

class Explainer {
 public:
  Explainer(tools::TelemetryClient& client, const Options& options) : client_(client), tuple_(options.tuple) {}

  ExitCode run() {
    const std::uint64_t now = now_us();
    ask("/millrace/connections", [](const tools::Row& row) { return explain_live(row); });
    ask("/millrace/closed", [now](const tools::Row& row) { return explain_closed(row, now); });
    ask("/millrace/closed_half_open", [now](const tools::Row& row) { return explain_closed(row, now); });
    if (const ExitCode code = report(errors_); code != kOk || found_ > 0) return code;
    fmt::print(
        "{} and {}: not known. There is no such connection, half-open or in TIME-WAIT, and it is not among those "
        "that ended last (the process remembers [telemetry] closed_ring of them per worker).\n",
        tuple_[0], tuple_[1]);
    return kUnknown;
  }

 private:
  template <class Words>
  void ask(const char* command, Words words) {
    const std::string port = tuple_[0].substr(tuple_[0].rfind(':') + 1);
    auto errors = tools::for_each_row(client_, command, "port=" + port, [&](const tools::Row& row) {
      const bool straight = row.at("local") == tuple_[0] && row.at("remote") == tuple_[1];
      const bool reversed = row.at("local") == tuple_[1] && row.at("remote") == tuple_[0];
      if (!straight && !reversed) return;
      ++found_;
      print(words(row));
    });
    errors_.insert(errors_.end(), errors.begin(), errors.end());
  }

  tools::TelemetryClient& client_;
  std::array<std::string, 2> tuple_;
  std::vector<std::string> errors_;
  int found_ = 0;
};

ExitCode summarize(tools::TelemetryClient& client) {
  const Sample before = take_sample(client);
  ::sleep(1);
  print(summary_text(before, take_sample(client)));
  return kOk;
}

ExitCode run(const Options& options) {
  if (options.mode == Mode::Help) {
    fmt::print("{}", usage());
    return kOk;
  }
  tools::TelemetryClient client{options.file_prefix};
  switch (options.mode) {
    case Mode::Closed:
      return list_closed(client, options);
    case Mode::Explain:
      return Explainer{client, options}.run();
    case Mode::Upstreams:
      return list_upstreams(client, options);
    case Mode::Summary:
      return summarize(client);
    default:
      return list_connections(client, options);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  try {
    options = parse_options(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const tools::ToolError& error) {
    fmt::print(stderr, "millrace-ss: {}\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "millrace-ss: {}\n", error.what());
    return kFailed;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "millrace-ss: {}\n", error.what());
    return kFailed;
  }
}
