// A page goes through the workers from the place asked for until the answer is full. What the worker gave but the
// answer has no room for is asked for again: the next page begins with the first row left out.
#include "stack/telemetry_list.h"

#include <fmt/format.h>
#include <rte_telemetry.h>

#include <charconv>
#include <optional>
#include <string>

#include "stack/list_text.h"
#include "stack/runtime.h"
#include "stack/shard.h"
#include "stack/telemetry.h"

namespace millrace::stack {
namespace {

/// DPDK's bound of a text is RTE_TEL_MAX_SINGLE_STRING_LEN; the last lines ("# next", "# error") want some of it.
constexpr std::size_t kPageBytes = 7900;
constexpr std::size_t kPageRows = 96;

struct Request {
  std::uint16_t worker = 0;
  std::uint64_t cursor = 0;
  std::optional<std::uint64_t> log_end;  ///< of the worker's log, when it was first asked for
  ListFilter filter;
};

/// Takes a number and the comma behind it.
template <class T>
bool take_number(std::string_view& text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || (stop != end && *stop != ',')) return false;
  text.remove_prefix(std::min(static_cast<std::size_t>(stop - text.data()) + 1, text.size()));
  return true;
}

/// "WORKER,CURSOR", "WORKER,CURSOR,end=NUMBER"; each may be missing. Leaves what follows in `text`.
bool take_place(std::string_view& text, Request& request) {
  constexpr std::string_view kEnd = "end=";
  if (text.empty()) return true;
  if (!take_number(text, request.worker)) return false;
  if (!text.empty() && !take_number(text, request.cursor)) return false;
  if (text.substr(0, kEnd.size()) != kEnd) return true;
  text.remove_prefix(kEnd.size());
  return take_number(text, request.log_end.emplace());
}

/// nullopt when it is something else.
std::optional<Request> parse_request(const char* parameters) {
  std::string_view text = parameters == nullptr ? "" : parameters;
  Request request;
  if (!take_place(text, request)) return std::nullopt;
  auto filter = parse_filter(text);
  if (!filter) return std::nullopt;
  request.filter = std::move(*filter);
  return request;
}

class Answer {
 public:
  explicit Answer(std::string_view columns) : text_(fmt::format("# columns {}\n", columns)) {}
  /// False when it does not fit; then nothing was added.
  [[nodiscard]] bool add(const std::string& row) {
    if (text_.size() + row.size() + 1 > kPageBytes) return false;
    text_ += row;
    text_ += '\n';
    return true;
  }
  void next(std::uint16_t worker, const std::string& place) { text_ += fmt::format("# next {},{}\n", worker, place); }
  void error(const std::string& words) {
    if (text_.size() + words.size() < kPageBytes + 200) text_ += fmt::format("# error {}\n", words);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

std::string place_of(const ConnectionPage&, std::uint64_t cursor) { return fmt::format("{}", cursor); }
std::string place_of(const ClosedPage& page, std::uint64_t cursor) {
  return fmt::format("{},end={}", cursor, page.log_end.value_or(0));
}

/// Ask: Reply<Page>(worker, cursor). Row: its text. Cursor: the one that begins with it.
template <class Ask, class Row, class Cursor>
int answer_pages(const Runtime& runtime, const Request& request, std::string_view columns, Ask ask, Row row,
                 Cursor cursor_of, rte_tel_data* answer) {
  Answer page{columns};
  std::uint64_t cursor = request.cursor;
  for (std::uint16_t worker = request.worker; worker < runtime.workers(); ++worker, cursor = 0) {
    const auto reply = ask(worker, cursor);
    if (!reply) {
      page.error(reply.error);
      continue;
    }
    const auto full = [&]() -> std::optional<std::uint64_t> {
      for (const auto& entry : reply.answer->rows)
        if (!page.add(row(entry, worker))) return cursor_of(entry);
      if (!reply.answer->end) return reply.answer->cursor;
      return std::nullopt;
    }();
    if (!full) continue;
    page.next(worker, place_of(*reply.answer, *full));
    break;
  }
  return rte_tel_data_string(answer, page.text().c_str());
}

int answer_log(Runtime& runtime, const char* parameters, tcp::ClosedLog tcp::ConnectionTable::*log,
               rte_tel_data* answer) {
  const auto request = parse_request(parameters);
  if (!request || request->worker >= runtime.workers()) return -1;
  const auto ask = [&](std::uint16_t worker, std::uint64_t cursor) {
    const auto log_end = worker == request->worker ? request->log_end : std::nullopt;
    return runtime.ask<ClosedPage>(
        worker, Telemetry::kPatience,
        [log, cursor, log_end, filter = request->filter, begun = false](Shard& shard, ClosedPage& page) mutable {
          if (!std::exchange(begun, true)) {
            page.cursor = cursor;
            page.log_end = log_end;
          }
          return fill_page(shard, shard.table().*log, filter, kPageRows, page);
        });
  };
  return answer_pages(
      runtime, *request, kClosedColumns, ask,
      [epoch = runtime.epoch()](const ClosedRow& row, std::uint16_t worker) { return to_text(row, worker, epoch); },
      [](const ClosedRow& row) { return row.number; }, answer);
}

}  // namespace

int answer_connections(Runtime& runtime, const char* parameters, rte_tel_data* answer) {
  const auto request = parse_request(parameters);
  if (!request || request->worker >= runtime.workers() || request->cursor > 0xffff'ffff || request->log_end) return -1;
  const auto ask = [&](std::uint16_t worker, std::uint64_t cursor) {
    return runtime.ask<ConnectionPage>(
        worker, Telemetry::kPatience,
        [cursor, filter = request->filter, begun = false](Shard& shard, ConnectionPage& page) mutable {
          if (!std::exchange(begun, true)) page.cursor = static_cast<std::uint32_t>(cursor);
          return fill_page(shard, filter, kPageRows, page);
        });
  };
  return answer_pages(
      runtime, *request, kConnectionColumns, ask,
      [](const ConnectionRow& row, std::uint16_t worker) { return to_text(row, worker); },
      [](const ConnectionRow& row) { return row.place; }, answer);
}

int answer_closed(Runtime& runtime, const char* parameters, rte_tel_data* answer) {
  return answer_log(runtime, parameters, &tcp::ConnectionTable::closed, answer);
}

int answer_closed_half_open(Runtime& runtime, const char* parameters, rte_tel_data* answer) {
  return answer_log(runtime, parameters, &tcp::ConnectionTable::closed_half_opens, answer);
}

int answer_rows(std::string_view columns, const std::vector<std::string>& rows, const char* parameters,
                rte_tel_data* answer) {
  std::string_view text = parameters == nullptr ? "" : parameters;
  Request request;
  if (!take_place(text, request) || !text.empty() || request.worker != 0 || request.log_end) return -1;
  Answer page{columns};
  for (std::uint64_t i = request.cursor; i < rows.size(); ++i) {
    if (page.add(rows[i])) continue;
    page.next(0, fmt::format("{}", i));
    break;
  }
  return rte_tel_data_string(answer, page.text().c_str());
}

}  // namespace millrace::stack
