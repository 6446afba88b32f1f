#include "options.h"

#include <charconv>
#include <cstdint>

#include "telemetry_client.h"
#include "wire/address.h"

namespace millrace::dump {
namespace {

[[noreturn]] void wrong(const std::string& cause) { throw tools::ToolError(cause + "; see millrace-dump --help"); }

void check_number(const std::string& option, const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || value < 1 || value > most)
    wrong("'" + option + "' wants a number from 1 to " + std::to_string(most) + ", not '" + text + "'");
}

void add(Options& options, const std::string& key, const std::string& value) {
  options.words += key + "=" + value + ",";
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments, const std::string& directory) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) wrong("'" + word + "' wants a value behind it");
      return arguments[++i];
    };
    const auto number = [&](const char* key, std::uint64_t most) {
      check_number(word, value(), most);
      add(options, key, arguments[i]);
    };
    if (word == "-h" || word == "--help") {
      options.mode = Mode::Help;
    } else if (word == "--stop") {
      options.mode = Mode::Stop;
    } else if (word == "--status") {
      options.mode = Mode::Status;
    } else if (word == "-f" || word == "--file-prefix") {
      options.file_prefix = value();
    } else if (word == "-w" || word == "--write") {
      const std::string& file = value();
      options.file = file == "-" || file.rfind('/', 0) == 0 ? file : directory + "/" + file;
    } else if (word == "-c" || word == "--count") {
      number("count", UINT64_MAX);
    } else if (word == "-t" || word == "--seconds") {
      number("seconds", 86'400);
    } else if (word == "-b" || word == "--bytes") {
      number("bytes", 100'000'000'000);
    } else if (word == "-s" || word == "--snap") {
      number("snap", 65'535);
    } else if (word == "port") {
      number("port", 65'535);
    } else if (word == "host") {
      const auto host = wire::IpAddress::parse(value());
      if (!host) wrong("'" + arguments[i] + "' is no IPv4 or IPv6 address");
      add(options, "host", host->to_string());
    } else {
      wrong("'" + word + "' is neither an option nor a filter");
    }
  }
  if (options.mode == Mode::Capture && options.file.empty()) wrong("-w FILE is missing");
  return options;
}

std::string_view usage() noexcept {
  return R"(millrace-dump - capture what a running Millrace process receives and sends

SYNOPSIS
    millrace-dump [-f PREFIX] -w FILE [OPTION]... [host ADDRESS]... [port PORT]...
    millrace-dump [-f PREFIX] --status | --stop

The process itself writes FILE (pcapng, for tcpdump and Wireshark): all ports and workers, in the order of time, with
checksums as they are on the wire. It needs no hugepages, no configuration and no restart. The capture ends with
Ctrl-C, or at the first bound that is reached.

OPTIONS
    -w, --write FILE          where to; "-" writes to standard output when the capture has ended
    -c, --count N             frames at most
    -t, --seconds N           seconds at most (60)
    -b, --bytes N             bytes of the file at most (100000000)
    -s, --snap N              bytes kept of each frame (65535)
    -f, --file-prefix PREFIX  which process: file_prefix of its configuration; not needed if only one runs
        --status, --stop      of a capture that somebody else has started
    -h, --help                this text

FILTER
    host ADDRESS              on either side; several are alternatives
    port PORT                 on either side; several are alternatives: `port 80 port 8080` has both connections of a
                              pair whose client comes to port 80 and whose server listens on 8080

EXIT CODE
    0 captured; 1 no process, no permission, it could not write, or a worker did not answer; 2 the command line is
    wrong
)";
}

}  // namespace millrace::dump
