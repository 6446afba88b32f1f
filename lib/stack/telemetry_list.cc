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
  ListFilter filter;
};

/// "WORKER,CURSOR,FILTER"; nullopt when it is something else.
std::optional<Request> parse_request(std::string_view text) {
  Request request;
  const auto number = [&text](auto& value) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || (stop != end && *stop != ',')) return false;
    text.remove_prefix(std::min(static_cast<std::size_t>(stop - text.data()) + 1, text.size()));
    return true;
  };
  const bool numbers = text.empty() || (number(request.worker) && (text.empty() || number(request.cursor)));
  if (!numbers) return std::nullopt;
  const auto filter = parse_filter(text);
  if (!filter) return std::nullopt;
  request.filter = *filter;
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
  void next(std::uint16_t worker, std::uint64_t cursor) { text_ += fmt::format("# next {},{}\n", worker, cursor); }
  void error(const std::string& words) {
    if (text_.size() + words.size() < kPageBytes + 200) text_ += fmt::format("# error {}\n", words);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Ask: Reply<Page>(worker, cursor). Row: its text. Place: the cursor that begins with it.
template <class Ask, class Row, class Place>
int answer_pages(const Runtime& runtime, const Request& request, std::string_view columns, Ask ask, Row row,
                 Place place, rte_tel_data* answer) {
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
        if (!page.add(row(entry, worker))) return place(entry);
      if (!reply.answer->end) return reply.answer->cursor;
      return std::nullopt;
    }();
    if (!full) continue;
    page.next(worker, *full);
    break;
  }
  return rte_tel_data_string(answer, page.text().c_str());
}

int answer_log(Runtime& runtime, const char* parameters, tcp::ClosedLog tcp::ConnectionTable::*log,
               rte_tel_data* answer) {
  const auto request = parse_request(parameters == nullptr ? "" : parameters);
  if (!request || request->worker >= runtime.workers()) return -1;
  const auto ask = [&](std::uint16_t worker, std::uint64_t cursor) {
    return runtime.ask<ClosedPage>(
        worker, Telemetry::kPatience,
        [log, cursor, filter = request->filter, begun = false](Shard& shard, ClosedPage& page) mutable {
          if (!std::exchange(begun, true)) page.cursor = cursor;
          return fill_page(shard, shard.table().*log, filter, kPageRows, page);
        });
  };
  return answer_pages(
      runtime, *request, kClosedColumns, ask,
      [&](const ClosedRow& row, std::uint16_t worker) { return to_text(row, worker, runtime.epoch()); },
      [](const ClosedRow& row) { return row.number; }, answer);
}

}  // namespace

int answer_connections(Runtime& runtime, const char* parameters, rte_tel_data* answer) {
  const auto request = parse_request(parameters == nullptr ? "" : parameters);
  if (!request || request->worker >= runtime.workers() || request->cursor > 0xffff'ffff) return -1;
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

}  // namespace millrace::stack
