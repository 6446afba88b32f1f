// A responder in Redis' protocol (RESP 2) that keeps strings in memory: PING, SET, GET, DEL. Enough for redis-cli
// and redis-benchmark. With several workers each has a memory of its own.
#include <millrace/millrace.h>

#include <charconv>
#include <string_view>
#include <unordered_map>

#include "settings.h"

using namespace millrace;

namespace {

using Words = std::vector<std::string_view>;
constexpr std::size_t kMostRequest = 1 << 20;

/// Reads a line from `text` and drops it; nullopt when its end has not arrived.
std::optional<std::string_view> line_of(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

/// "*3" or "$5" as a number; negative when it is none.
long number_of(std::string_view line) {
  long value = -1;
  if (line.size() > 1) std::from_chars(line.data() + 1, line.data() + line.size(), value);
  return value;
}

enum class Parsed { Whole, Part, Wrong };

/// The first request: an array of strings, or a line with one word. Drops it from `text` when it is whole.
Parsed parse(std::string_view& text, Words& words) {
  std::string_view rest = text;
  auto line = line_of(rest);
  if (!line) return Parsed::Part;
  if (line->empty() || line->front() != '*') {
    if (!line->empty()) words.push_back(*line);
  } else {
    for (long left = number_of(*line); left > 0; --left) {
      if (!(line = line_of(rest))) return Parsed::Part;
      const long size = number_of(*line);
      if (line->empty() || line->front() != '$' || size < 0 || size > long{kMostRequest}) return Parsed::Wrong;
      const auto length = static_cast<std::size_t>(size);
      if (rest.size() < length + 2) return Parsed::Part;
      words.push_back(rest.substr(0, length));
      rest.remove_prefix(length + 2);
    }
  }
  text = rest;
  return Parsed::Whole;
}

std::string bulk(std::string_view text) {
  std::string out{"$"};
  return out.append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
}

struct Redis {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) serve(shard.connection(event.connection));
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }

  void serve(api::Connection connection) {
    if (connection.readable() > 0 && connection.ask_room()) {
      request_.resize(std::min(connection.readable(), kMostRequest));
      std::string_view left{request_.data(), connection.peek(0, std::as_writable_bytes(std::span{request_}))};
      Parsed parsed = Parsed::Whole;
      answers_.clear();
      for (Words words; !left.empty() && (parsed = parse(left, words)) == Parsed::Whole; words.clear())
        if (!words.empty()) answers_ += answer(words);
      const bool stuck = left.size() == kMostRequest;
      connection.consume(request_.size() - left.size());
      const bool sent = connection.send(std::as_bytes(std::span{answers_})) == answers_.size();
      if (parsed == Parsed::Wrong || stuck || !sent) return connection.abort();
    }
    if (connection.at_end()) connection.close();
  }

  std::string answer(const Words& words) {
    std::string name{words[0]};
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    if (name == "PING") return words.size() > 1 ? bulk(words[1]) : "+PONG\r\n";
    if (name == "CONFIG" || name == "COMMAND") return "*0\r\n";
    const std::string key{words.size() < 2 ? "" : words[1]};
    if (name == "SET" && words.size() > 2) return values_[key] = words[2], "+OK\r\n";
    if (name == "DEL" && words.size() > 1) return values_.erase(key) == 1 ? ":1\r\n" : ":0\r\n";
    if (name == "GET" && words.size() > 1) return values_.contains(key) ? bulk(values_[key]) : "$-1\r\n";
    return "-ERR unknown command, or too few arguments\r\n";
  }

 private:
  std::unordered_map<std::string, std::string> values_;
  std::string request_, answers_;
};

}  // namespace

int main(int argc, char** argv) try {
  const api::RuntimeSettings settings = examples::settings_from(argc, argv);
  examples::hold_signals();
  std::vector<Redis> apps(settings.workers);
  api::Runtime runtime{settings, [&](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); }};
  api::ListenOptions options;
  options.receive_buffer = options.send_buffer = 4 * kMostRequest;  // a whole request, and its answer
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker)
    (void)api::post(runtime, worker, [&](api::Shard shard) { examples::listen(shard, 6379, options); });
  examples::wait_for_end();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "redis: %s\n", failure.what());
  return 1;
}
