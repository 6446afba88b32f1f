#include "listing.h"

#include <algorithm>
#include <charconv>

namespace millrace::tools {
namespace {

template <class Visit>
void split(std::string_view text, char at, Visit&& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

Row::Row(const std::vector<std::string>& columns, std::string_view line) : columns_(columns) {
  words_.reserve(columns.size());
  split(line, ' ', [this](std::string_view word) { words_.push_back(word); });
}

std::string_view Row::at(std::string_view column) const noexcept {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  const auto index = static_cast<std::size_t>(found - columns_.begin());
  return index < words_.size() ? words_[index] : "-";
}

std::uint64_t Row::number(std::string_view column) const noexcept {
  const std::string_view word = at(column);
  std::uint64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

bool Row::lists(std::string_view column, std::string_view word) const noexcept {
  bool found = false;
  split(at(column), ',', [&](std::string_view one) { found |= one == word; });
  return found;
}

ListPage parse_page(std::string_view text) {
  ListPage page;
  split(text, '\n', [&page](std::string_view line) {
    if (line[0] != '#') return page.rows.push_back(line);
    line.remove_prefix(std::min<std::size_t>(2, line.size()));
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view kind = line.substr(0, end);
    const std::string_view rest = line.substr(std::min(end + 1, line.size()));
    if (kind == "columns") split(rest, ' ', [&page](std::string_view name) { page.columns.emplace_back(name); });
    if (kind == "next") page.next = rest;
    if (kind == "error") page.errors.push_back(rest);
  });
  return page;
}

std::vector<std::string> for_each_row(TelemetryClient& client, const std::string& command, const std::string& filter,
                                      const std::function<void(const Row&)>& visit) {
  std::vector<std::string> errors;
  std::string place = "0,0";
  while (!place.empty()) {
    const Answer answer = client.ask(command + "," + place + (filter.empty() ? "" : "," + filter));
    const ListPage page = parse_page(answer.text);
    for (const std::string_view line : page.rows) visit(Row{page.columns, line});
    for (const std::string_view error : page.errors) errors.emplace_back(error);
    place = page.next;
  }
  return errors;
}

}  // namespace millrace::tools
