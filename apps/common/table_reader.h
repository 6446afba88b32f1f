// Reads one TOML table key by key into plain variables and notes everything that is wrong with it.
//
// A key that is absent leaves its variable as it is; so does a wrong one, after an error. Every read returns the line
// of the value, or 0 when there is no good value. finish() reports the keys that nobody asked for.
#pragma once

#include <toml++/toml.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "diagnostics.h"

namespace millrace::config {

/// A key and the example that an error message shows: Key{"mtu", "1500"}.
struct Key {
  std::string_view name;
  std::string_view example;
  bool required = false;
};

template <class T>
struct Range {
  T min;
  T max;
};

class TableReader {
 public:
  /// `name` as people write it: "[runtime]", "[[port]]"; empty for the file's top level.
  TableReader(const toml::table& table, std::string_view name, Diagnostics& errors)
      : table_(table), name_(name), errors_(errors) {}

  int text(Key key, std::string& out);
  int flag(Key key, bool& out);
  int duration(Key key, Duration& out, Range<Duration> range);
  int size(Key key, std::uint64_t& out, Range<std::uint64_t> range);
  /// The same; `range` is within 32 bits.
  int size(Key key, std::uint32_t& out, Range<std::uint64_t> range);
  /// A list of texts; each with its line.
  int texts(Key key, std::vector<std::pair<std::string, int>>& out);

  template <std::unsigned_integral T>
  int number(Key key, T& out, Range<std::int64_t> range) {
    std::int64_t value = 0;
    const int line = integer(key, value, range);
    if (line != 0) out = static_cast<T>(value);
    return line;
  }

  /// A text that `parse` (text to optional<T>) understands; `what` completes "which is not ...".
  template <class Parse, class T>
  int parsed(Key key, T& out, Parse&& parse, std::string_view what) {
    std::string value;
    const int line = text(key, value);
    if (line == 0) return 0;
    auto result = parse(value);
    if (!result) return bad_text(key, line, value, what);
    out = std::move(*result);
    return line;
  }

  /// The table under `key`, or nullptr.
  const toml::table* table(std::string_view key);
  /// The tables of the list under `key`; empty when absent.
  std::vector<const toml::table*> tables(std::string_view key);

  /// Reports unknown keys.
  void finish();

  [[nodiscard]] int line() const noexcept { return static_cast<int>(table_.source().begin.line); }
  void error(int line, std::string cause, std::string next) { errors_.add(line, std::move(cause), std::move(next)); }
  [[nodiscard]] Diagnostics& errors() noexcept { return errors_; }

 private:
  const toml::node* find(Key key);
  int integer(Key key, std::int64_t& out, Range<std::int64_t> range);
  int wrong_type(Key key, const toml::node& node, std::string_view want);
  int bad_text(Key key, int line, std::string_view value, std::string_view what);
  int out_of_range(Key key, int line, std::string_view value, std::string_view min, std::string_view max);
  [[nodiscard]] std::string where() const { return name_.empty() ? "" : " in " + name_; }

  const toml::table& table_;
  std::string name_;
  Diagnostics& errors_;
  std::vector<std::string> known_;
};

}  // namespace millrace::config
