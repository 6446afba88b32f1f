// The order of time over several rings: a record is pushed in the turn that stamped it, and a turn is short against a
// round of the writer. So all that is stamped before the newest record of one round has arrived by the next.
#include "stack/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <limits>

#include "io/pcapng_writer.h"
#include "stack/runtime.h"

namespace millrace::stack {
namespace {

constexpr auto kRound = std::chrono::milliseconds{20};
constexpr std::uint64_t kMostBytes = 100'000'000'000;

template <class T>
bool number(std::string_view text, T& out, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || value < 1 || value > most) return false;
  out = static_cast<T>(value);
  return true;
}

bool take_word(std::string_view key, std::string_view value, CaptureSettings& settings) {
  if (key == "host") {
    const auto host = wire::IpAddress::parse(value);
    if (host) settings.filter.hosts.push_back(*host);
    return host.has_value();
  }
  if (key == "port") return number(value, settings.filter.ports.emplace_back(), 65535);
  if (key == "count") return number(value, settings.packets, std::numeric_limits<std::uint64_t>::max());
  if (key == "bytes") return number(value, settings.bytes, kMostBytes);
  if (key == "snap") return number(value, settings.snap_length, 65535);
  if (key != "seconds") return false;
  std::int64_t s = 0;
  if (!number(value, s, 86'400)) return false;
  settings.time = seconds{s};
  return true;
}

}  // namespace

ParsedCapture parse_capture(std::string_view text) {
  CaptureSettings settings;
  while (!text.empty()) {
    constexpr std::string_view kFile = "file=";
    if (text.substr(0, kFile.size()) == kFile) {  // last, because a path may hold a comma
      settings.path = text.substr(kFile.size());
      break;
    }
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    const std::size_t equals = std::min(word.find('='), word.size());
    if (equals == word.size() || !take_word(word.substr(0, equals), word.substr(equals + 1), settings))
      return {std::nullopt, fmt::format("'{}' is not understood", word)};
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (settings.path.empty() || settings.path[0] != '/') return {std::nullopt, "file= wants an absolute path"};
  return {settings, {}};
}

std::optional<std::string> Capture::start(const CaptureSettings& settings) {
  {
    const std::scoped_lock lock{lock_};
    if (status_.running) return fmt::format("a capture into {} is running; stop it first", status_.path);
  }
  stop();  // the thread of the last one has ended; it wants to be joined
  try {
    std::vector<std::string> names;
    for (const PortSettings& port : runtime_.settings().ports) names.push_back(port.name);
    auto run = std::make_unique<Run>(Run{settings,
                                         std::make_unique<io::PcapngWriter>(settings.path, names, settings.snap_length),
                                         runtime_.now() + settings.time, runtime_.epoch()});
    const std::uint64_t head = run->writer->file_bytes();
    rings_.clear();
    for (std::uint16_t i = 0; i < runtime_.workers(); ++i)
      rings_.push_back(std::make_shared<io::CaptureRing>(settings.ring_bytes, settings.filter, settings.snap_length));
    const std::scoped_lock lock{lock_};  // the thread begins by taking it
    stopping_ = false;
    thread_ = std::thread{[this, run = std::move(run)] { write_until_end(*run); }};
    status_ = {
        .running = true, .path = settings.path, .packets = 0, .bytes = head, .dropped = 0, .end = {}, .error = {}};
  } catch (const std::exception& failure) {
    return failure.what();
  }
  attach_workers();
  return std::nullopt;
}

void Capture::stop() {
  {
    const std::scoped_lock lock{lock_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

CaptureStatus Capture::status() const {
  const std::scoped_lock lock{lock_};
  return status_;
}

void Capture::add_error(const std::string& words) {
  const std::scoped_lock lock{lock_};
  status_.error += (status_.error.empty() ? "" : "; ") + words;
}

void Capture::attach_workers() {
  for (std::uint16_t i = 0; i < runtime_.workers(); ++i)
    if (auto error = runtime_.set_capture(i, rings_[i])) add_error("frames are missing: " + *error);
}

/// A worker that does not answer may still push into its ring for a turn; with the ring closed, no longer.
void Capture::detach_workers() {
  for (std::uint16_t i = 0; i < runtime_.workers(); ++i)
    if (auto error = runtime_.set_capture(i, nullptr)) add_error("the last frames may be missing: " + *error);
  for (const auto& ring : rings_) ring->close();
}

void Capture::write_until_end(const Run& run) {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  std::string end;
  bool more = true;                                                  // no bound of the file was reached
  std::int64_t complete = std::numeric_limits<std::int64_t>::min();  // all that is stamped until then has been popped
  while (end.empty()) {
    {
      std::unique_lock lock{lock_};
      wake_.wait_for(lock, kRound, [this] { return stopping_; });
    }
    const std::int64_t seen = pending_.empty() ? complete : std::max(complete, pending_.back().header.time_ns);
    pop_rings();
    more = write_pending(run, complete);
    complete = seen;
    end = more ? end_reached(run.settings, run.deadline) : end_reached(run.settings, Time::min());
  }
  detach_workers();
  pop_rings();
  if (more) (void)write_pending(run, kAll);
  pending_.clear();
  if (!run.writer->flush()) {
    end = "no more could be written";
    add_error("the file system takes no more");
  }
  const std::scoped_lock lock{lock_};
  status_.running = false;
  status_.end = end;
}

std::string Capture::end_reached(const CaptureSettings& settings, Time deadline) const {
  const std::scoped_lock lock{lock_};
  if (settings.packets != 0 && status_.packets >= settings.packets) return "count reached";
  if (deadline == Time::min()) return "size reached";
  if (stopping_) return "stopped";
  return runtime_.now() >= deadline ? "time is over" : "";
}

void Capture::pop_rings() {
  io::CaptureRecord record;
  std::uint64_t dropped = 0;
  for (const auto& ring : rings_) {
    while (ring->pop(record)) pending_.push_back(std::move(record));
    dropped += ring->dropped();
  }
  std::ranges::stable_sort(pending_, {}, [](const io::CaptureRecord& one) { return one.header.time_ns; });
  const std::scoped_lock lock{lock_};
  status_.dropped = dropped;
}

bool Capture::write_pending(const Run& run, std::int64_t until_ns) {
  const std::uint64_t most =
      run.settings.packets == 0 ? std::numeric_limits<std::uint64_t>::max() : run.settings.packets;
  auto next = pending_.begin();
  bool room = true;
  std::uint64_t packets = status().packets;
  for (; next != pending_.end() && next->header.time_ns <= until_ns && room; ++next) {
    room = packets < most && run.writer->file_bytes() + io::PcapngWriter::size_of(*next) <= run.settings.bytes &&
           run.writer->write(*next, run.epoch);
    if (room) ++packets;
  }
  pending_.erase(pending_.begin(), next);
  (void)run.writer->flush();
  const std::scoped_lock lock{lock_};
  status_.packets = packets;
  status_.bytes = run.writer->file_bytes();
  return room && packets < most;
}

}  // namespace millrace::stack
