// The tools' way to a running Millrace process: DPDK's telemetry socket, one question at a time.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::tools {

/// What went wrong and what to do, as a sentence for people.
struct ToolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A text, or a dictionary whose values are numbers or texts; the members of a dictionary within it are "outer.inner".
struct Answer {
  std::string text;
  std::map<std::string, std::string> fields;
};

class TelemetryClient {
 public:
  /// Connects to the process with that file prefix; empty: to the only Millrace process there is. Throws ToolError.
  explicit TelemetryClient(const std::string& file_prefix);
  TelemetryClient(TelemetryClient&& other) noexcept;
  TelemetryClient& operator=(TelemetryClient&&) = delete;
  ~TelemetryClient();

  /// Throws ToolError when the process refuses, ends or does not answer within 30 s.
  [[nodiscard]] Answer ask(const std::string& command);
  [[nodiscard]] const std::string& file_prefix() const noexcept { return file_prefix_; }

 private:
  TelemetryClient(std::string file_prefix, int socket) : file_prefix_(std::move(file_prefix)), socket_(socket) {}
  [[nodiscard]] static TelemetryClient connect(const std::string& file_prefix);
  [[nodiscard]] static TelemetryClient find_only_one();
  [[nodiscard]] bool is_millrace();
  void greet();
  [[nodiscard]] std::string exchange(const std::string& command);

  std::string file_prefix_;
  int socket_ = -1;
  std::size_t longest_answer_ = 16384;
};

}  // namespace millrace::tools
