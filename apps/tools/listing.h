// Listings of a running process, row by row: pages are asked for by cursor until there are no more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry_client.h"

namespace millrace::tools {

/// A row with the names of its columns; "-" stands for what is not there.
class Row {
 public:
  Row(const std::vector<std::string>& columns, std::string_view line);

  /// "-" when there is no such column.
  [[nodiscard]] std::string_view at(std::string_view column) const noexcept;
  /// 0 when it is no number.
  [[nodiscard]] std::uint64_t number(std::string_view column) const noexcept;
  [[nodiscard]] bool has(std::string_view column) const noexcept { return at(column) != "-"; }
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }
  /// A word of a list such as "ts,sack".
  [[nodiscard]] bool lists(std::string_view column, std::string_view word) const noexcept;

 private:
  const std::vector<std::string>& columns_;
  std::vector<std::string_view> words_;
};

/// A page of text as the process answers.
struct ListPage {
  std::vector<std::string> columns;
  std::vector<std::string_view> rows;
  std::vector<std::string_view> errors;
  std::string_view next;  ///< "WORKER,CURSOR" or more: a part of the next question as it is; empty at the end
};
[[nodiscard]] ListPage parse_page(std::string_view text);

/// Visits every row of `command` that `filter` ("host=...,port=...") lets through; returns the errors of workers that
/// gave none.
[[nodiscard]] std::vector<std::string> for_each_row(TelemetryClient& client, const std::string& command,
                                                    const std::string& filter,
                                                    const std::function<void(const Row&)>& visit);

}  // namespace millrace::tools
