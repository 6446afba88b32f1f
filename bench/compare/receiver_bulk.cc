// Bulk: reads lines of characters (RFC 864) and compares every byte with what has to come.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <vector>

#include "receiver.h"

namespace millrace::compare {
namespace {

constexpr double kSample = 0.1;

/// Two periods, so that any part of one can be compared in one go.
std::string expected_text() {
  std::string text;
  for (int line = 0; line < 190; ++line) {
    for (int i = 0; i < 72; ++i) text += static_cast<char>(' ' + (line + i) % 95);
    text += "\r\n";
  }
  return text;
}

class Flow {
 public:
  Flow(const Target& target, double start) : fd_(start_connect(target)), start_(start) {}
  Flow(Flow&& other) noexcept = default;

  [[nodiscard]] pollfd wish() const {
    return {.fd = fd_, .events = static_cast<short>(over_ ? 0 : POLLIN), .revents = 0};
  }
  void read_all();
  [[nodiscard]] std::string end(double seconds);

 private:
  void take(const char* data, std::size_t size);

  int fd_;
  double start_;
  bool over_ = false, intact_ = true;
  std::uint64_t bytes_ = 0;
  std::vector<std::uint64_t> samples_;
};

void Flow::read_all() {
  static char buffer[1 << 18];
  ssize_t got = 0;
  while ((got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0) take(buffer, static_cast<std::size_t>(got));
  over_ = over_ || got == 0 || (errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS);
}

void Flow::take(const char* data, std::size_t size) {
  static const std::string kText = expected_text();
  const std::size_t period = kText.size() / 2;
  const auto sample = static_cast<std::size_t>((now() - start_) / kSample);
  if (sample >= samples_.size()) samples_.resize(sample + 1);
  samples_[sample] += size;
  for (std::size_t done = 0; done < size;) {
    const std::size_t part = std::min(period, size - done);
    if (std::memcmp(data + done, kText.data() + (bytes_ + done) % period, part) != 0) intact_ = false;
    done += part;
  }
  bytes_ += size;
}

std::string Flow::end(double seconds) {
  samples_.resize(static_cast<std::size_t>(std::ceil(seconds / kSample)));
  abort_connection(fd_);
  return fmt::format(R"({{"bytes":{},"seconds":{:.6f},"intact":{},"ended_early":{},"samples":[{}]}})", bytes_, seconds,
                     intact_, over_, fmt::join(samples_, ","));
}

}  // namespace

std::string measure_bulk(const std::vector<Target>& targets, double duration) {
  const double start = now();
  std::vector<Flow> flows;
  for (const Target& target : targets) flows.emplace_back(target, start);
  double elapsed = 0;
  while ((elapsed = now() - start) < duration) {
    std::vector<pollfd> wishes;
    for (const Flow& flow : flows) wishes.push_back(flow.wish());
    ::poll(wishes.data(), wishes.size(), static_cast<int>((duration - elapsed) * 1000) + 1);
    for (std::size_t i = 0; i < flows.size(); ++i)
      if (wishes[i].events != 0 && wishes[i].revents != 0) flows[i].read_all();
  }
  std::vector<std::string> results;
  for (Flow& flow : flows) results.push_back(flow.end(elapsed));
  return fmt::format("[{}]", fmt::join(results, ","));
}

}  // namespace millrace::compare
