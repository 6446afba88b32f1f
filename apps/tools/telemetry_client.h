// The tools' way to a running Millrace process: DPDK's telemetry socket, one question at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::tools {

/// What went wrong and what to do, as a sentence for people.
struct ToolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// DPDK's directories on this machine: of root, of this user, of a service.
[[nodiscard]] std::vector<std::filesystem::path> runtime_directories();

/// Where processes are looked for, and how long one may take to greet when nobody has named it.
struct ProcessSearch {
  std::vector<std::filesystem::path> directories = runtime_directories();
  std::chrono::milliseconds patience{1000};
};

/// A text, or a dictionary whose values are numbers or texts; the members of a dictionary within it are "outer.inner".
/// A list of texts in it is the pieces of a long one.
struct Answer {
  std::string text;
  std::map<std::string, std::string> fields;
};

class TelemetryClient {
 public:
  /// Connects to the process with that file prefix; empty: to the only Millrace process there is. Throws ToolError.
  explicit TelemetryClient(const std::string& file_prefix, const ProcessSearch& search = {});
  TelemetryClient(TelemetryClient&& other) noexcept;
  TelemetryClient& operator=(TelemetryClient&&) = delete;
  ~TelemetryClient();

  /// Throws ToolError when the command is longer than DPDK reads, or the process refuses, ends or does not answer
  /// within 30 s.
  [[nodiscard]] Answer ask(const std::string& command);
  [[nodiscard]] const std::string& file_prefix() const noexcept { return file_prefix_; }

 private:
  TelemetryClient(std::string file_prefix, int socket) : file_prefix_(std::move(file_prefix)), socket_(socket) {}
  [[nodiscard]] static TelemetryClient connect(const std::string& file_prefix, const ProcessSearch& search);
  [[nodiscard]] static TelemetryClient find_only_one(const ProcessSearch& search);
  [[nodiscard]] bool is_millrace();
  void greet();
  [[nodiscard]] std::string exchange(const std::string& command);

  std::string file_prefix_;
  int socket_ = -1;
  std::size_t longest_answer_ = 16384;
};

}  // namespace millrace::tools
