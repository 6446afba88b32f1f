// What is wrong with a configuration file: every error found, in the order of the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

struct Diagnostic {
  int line = 0;       ///< 0: the file as a whole
  std::string cause;  ///< without a full stop
  std::string next;   ///< what to do about it: a sentence
};

class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  void add(int line, std::string cause, std::string next) {
    list_.push_back({line, std::move(cause), std::move(next)});
  }
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  [[nodiscard]] const std::vector<Diagnostic>& list() const noexcept { return list_; }

  /// "FILE:LINE: cause. next step." for each error, by line; one per line of text, each ends with '\n'.
  [[nodiscard]] std::string to_string() const;

 private:
  std::string file_;
  std::vector<Diagnostic> list_;
};

}  // namespace millrace::config
