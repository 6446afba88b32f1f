// Options first or last, filters in words, as ss and tcpdump have them: `state time-wait port 80`.
#include "options.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "telemetry_client.h"
#include "wire/address.h"

namespace millrace::ss {
namespace {

constexpr std::array<std::string_view, 9> kStates = {"SYN-SENT",   "SYN-RECEIVED", "ESTABLISHED",
                                                     "FIN-WAIT-1", "FIN-WAIT-2",   "CLOSE-WAIT",
                                                     "CLOSING",    "LAST-ACK",     "TIME-WAIT"};

[[noreturn]] void wrong(const std::string& cause) { throw tools::ToolError(cause + "; see millrace-ss --help"); }

class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}
  [[nodiscard]] bool empty() const noexcept { return next_ == words_.size(); }
  const std::string& take() { return words_[next_++]; }
  const std::string& value_of(const std::string& option) {
    if (empty()) wrong("'" + option + "' wants a value behind it");
    return take();
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

void add_filter(Options& options, const std::string& text) {
  if (!options.filter.empty()) options.filter += ',';
  options.filter += text;
}

/// "time-wait", "TIME_WAIT", "estab": a state of ours.
void add_state(Options& options, const std::string& given) {
  std::string state;
  for (const char c : given) state += c == '_' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (state == "ESTAB") state = "ESTABLISHED";
  if (state == "SYN-RECV") state = "SYN-RECEIVED";
  if (std::find(kStates.begin(), kStates.end(), state) == kStates.end()) {
    std::string all;
    for (const std::string_view one : kStates) all.append(" ").append(one);
    wrong("'" + given + "' is no state; there are" + all);
  }
  add_filter(options, "state=" + state);
}

void add_host(Options& options, const std::string& given) {
  const auto address = wire::IpAddress::parse(given);
  if (!address) wrong("'" + given + "' is no IPv4 or IPv6 address");
  add_filter(options, "host=" + address->to_string());
}

void add_port(Options& options, const std::string& given) {
  const auto port = number(given);
  if (!port || *port < 1 || *port > 65535) wrong("'" + given + "' is no port");
  add_filter(options, "port=" + given);
}

/// The form in which the process prints it; IPv6 in brackets.
std::string endpoint(const std::string& given) {
  const std::size_t colon = given.rfind(':');
  const auto port = number(colon == std::string::npos ? std::string_view{} : std::string_view{given}.substr(colon + 1));
  std::string host = given.substr(0, std::min(colon, given.size()));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto address = wire::IpAddress::parse(host);
  if (port.value_or(0) < 1 || port.value_or(0) > 65535 || !address)
    wrong("'" + given + "' is no ADDRESS:PORT (IPv6: [ADDRESS]:PORT)");
  const std::string text = address->to_string();
  return (address->is_v4() ? text : "[" + text + "]") + ":" + std::to_string(*port);
}

/// "A:P B:Q", "A:P,B:Q" or "A:P -> B:Q".
void take_tuple(Options& options, Words& words) {
  options.mode = Mode::Explain;
  std::string first = words.value_of("--explain");
  const std::size_t comma = first.find(',');
  std::string second;
  if (comma != std::string::npos) {
    second = first.substr(comma + 1);
    first.resize(comma);
  } else {
    second = words.value_of("--explain");
    if (second == "->") second = words.value_of("--explain");
  }
  options.tuple = {endpoint(first), endpoint(second)};
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (Words words{arguments}; !words.empty();) {
    const std::string& word = words.take();
    if (word == "-h" || word == "--help") {
      options.mode = Mode::Help;
    } else if (word == "-f" || word == "--file-prefix") {
      options.file_prefix = words.value_of(word);
    } else if (word == "-c" || word == "--closed") {
      options.mode = Mode::Closed;
    } else if (word == "-o" || word == "--half-open") {
      options.mode = Mode::Closed;
      options.half_open = true;
    } else if (word == "-n" || word == "--last") {
      const auto last = number(words.value_of(word));
      if (!last || *last == 0) wrong("'--last' wants a number above 0");
      options.last = *last;
    } else if (word == "-s" || word == "--summary") {
      options.mode = Mode::Summary;
    } else if (word == "-u" || word == "--upstreams") {
      options.mode = Mode::Upstreams;
    } else if (word == "-e" || word == "--explain") {
      take_tuple(options, words);
    } else if (word == "-1" || word == "--one-line") {
      options.one_line = true;
    } else if (word == "-j" || word == "--json") {
      options.json = true;
    } else if (word == "state") {
      add_state(options, words.value_of(word));
    } else if (word == "host") {
      add_host(options, words.value_of(word));
    } else if (word == "port") {
      add_port(options, words.value_of(word));
    } else {
      wrong("'" + word + "' is neither an option nor a filter");
    }
  }
  if (options.mode == Mode::Upstreams && !options.filter.empty()) wrong("'--upstreams' takes no filter");
  return options;
}

std::string_view usage() noexcept {
  return R"(millrace-ss - connections of a running Millrace process, and why they ended

SYNOPSIS
    millrace-ss [-f PREFIX] [-1] [--json] [FILTER]...
    millrace-ss [-f PREFIX] --closed [--half-open] [--last N] [--json] [FILTER]...
    millrace-ss [-f PREFIX] --explain ADDRESS:PORT ADDRESS:PORT
    millrace-ss [-f PREFIX] --upstreams [--json]
    millrace-ss [-f PREFIX] --summary

OPTIONS
    -f, --file-prefix PREFIX  which process: file_prefix of its configuration; not needed if only one runs
    -1, --one-line            no second line with timers, windows and times
    -c, --closed              the connections that ended last, oldest first: who ended them, how and by which rule
    -o, --half-open           handshakes that came to nothing, instead
    -n, --last N              only the N newest of them
    -e, --explain A:P B:Q     one connection, endpoints in either order: what it waits for, why it ended, what to do
    -u, --upstreams           the servers of a millrace-proxy: health, connections, failures
    -s, --summary             a second of work: connections, ends by rule, how busy each worker is
    -j, --json                one JSON object per line, times in microseconds
    -h, --help                this text

FILTER
    state STATE               SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT CLOSING LAST-ACK
                              TIME-WAIT; several states are alternatives
    host ADDRESS              on either side; several are alternatives
    port PORT                 on either side; several are alternatives: `port 80 port 8080` has both connections of a
                              pair whose client comes to port 80 and whose server listens on 8080

EXIT CODE
    0 all was listed; 1 no process, no permission, or a worker gave no answer; 2 the command line is wrong;
    3 --explain knows nothing about the connection
)";
}

}  // namespace millrace::ss
