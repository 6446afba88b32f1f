#include "table_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "values.h"

namespace millrace::config {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string example(const Key& key) { return fmt::format("Write for example {} = {}.", key.name, key.example); }

}  // namespace

const toml::node* TableReader::find(Key key) {
  known_.emplace_back(key.name);
  const toml::node* node = table_.get(key.name);
  if (node == nullptr && key.required) error(line(), fmt::format("{} has no '{}'", name_, key.name), example(key));
  return node;
}

int TableReader::text(Key key, std::string& out) {
  const toml::node* node = find(key);
  if (node == nullptr) return 0;
  const auto* value = node->as_string();
  if (value == nullptr) return wrong_type(key, *node, "a text");
  out = value->get();
  return line_of(*node);
}

int TableReader::integer(Key key, std::int64_t& out, Range<std::int64_t> range) {
  const toml::node* node = find(key);
  if (node == nullptr) return 0;
  const auto* value = node->as_integer();
  if (value == nullptr) return wrong_type(key, *node, "a whole number");
  if (value->get() < range.min || value->get() > range.max) {
    return out_of_range(key, line_of(*node), std::to_string(value->get()), std::to_string(range.min),
                        std::to_string(range.max));
  }
  out = value->get();
  return line_of(*node);
}

int TableReader::flag(Key key, bool& out) {
  const toml::node* node = find(key);
  if (node == nullptr) return 0;
  const auto* value = node->as_boolean();
  if (value == nullptr) return wrong_type(key, *node, "true or false");
  out = value->get();
  return line_of(*node);
}

int TableReader::duration(Key key, Duration& out, Range<Duration> range) {
  Duration value{};
  const int line = parsed(key, value, parse_duration, "a duration (us, ms, s, m, h)");
  if (line == 0) return 0;
  if (value < range.min || value > range.max) {
    return out_of_range(key, line, format_duration(value), format_duration(range.min), format_duration(range.max));
  }
  out = value;
  return line;
}

int TableReader::size(Key key, std::uint64_t& out, Range<std::uint64_t> range) {
  std::uint64_t value = 0;
  const int line = parsed(key, value, parse_size, "a size (KiB, MiB, GiB)");
  if (line == 0) return 0;
  if (value < range.min || value > range.max) {
    return out_of_range(key, line, std::to_string(value), std::to_string(range.min), std::to_string(range.max));
  }
  out = value;
  return line;
}

int TableReader::size(Key key, std::uint32_t& out, Range<std::uint64_t> range) {
  std::uint64_t value = out;
  const int line = size(key, value, range);
  out = static_cast<std::uint32_t>(value);
  return line;
}

int TableReader::texts(Key key, std::vector<std::pair<std::string, int>>& out) {
  const toml::node* node = find(key);
  if (node == nullptr) return 0;
  const toml::array* list = node->as_array();
  if (list == nullptr) return wrong_type(key, *node, "a list of texts");
  for (const toml::node& item : *list) {
    if (const auto* value = item.as_string())
      out.emplace_back(value->get(), line_of(item));
    else
      wrong_type(key, item, "a list of texts");
  }
  return line_of(*node);
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* node = find({key, ""});
  if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
  error(line_of(*node), fmt::format("'{}' must be a table, not {}", key, type_name(*node)),
        fmt::format("Write [{}].", key));
  return nullptr;
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
  std::vector<const toml::table*> list;
  const toml::node* node = find({key, ""});
  if (node == nullptr) return list;
  const toml::array* array = node->as_array();
  if (array == nullptr ||
      !std::all_of(array->begin(), array->end(), [](const toml::node& n) { return n.is_table(); })) {
    error(line_of(*node), fmt::format("'{}' must be a list of tables, not {}", key, type_name(*node)),
          fmt::format("Write [[{}]].", key));
    return list;
  }
  for (const toml::node& item : *array) list.push_back(item.as_table());
  return list;
}

void TableReader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    const auto hint = nearest(key.str(), known_);
    error(static_cast<int>(key.source().begin.line), fmt::format("unknown key '{}'{}", key.str(), where()),
          hint ? fmt::format("Did you mean '{}'?", *hint) : fmt::format("Known keys: {}.", fmt::join(known_, ", ")));
  }
}

int TableReader::wrong_type(Key key, const toml::node& node, std::string_view want) {
  error(line_of(node), fmt::format("'{}'{} must be {}, not {}", key.name, where(), want, type_name(node)),
        example(key));
  return 0;
}

int TableReader::bad_text(Key key, int line, std::string_view value, std::string_view what) {
  error(line, fmt::format("'{}'{} is \"{}\", which is not {}", key.name, where(), value, what), example(key));
  return 0;
}

int TableReader::out_of_range(Key key, int line, std::string_view value, std::string_view min, std::string_view max) {
  error(line, fmt::format("'{}'{} is {}, which is not between {} and {}", key.name, where(), value, min, max),
        example(key));
  return 0;
}

}  // namespace millrace::config
