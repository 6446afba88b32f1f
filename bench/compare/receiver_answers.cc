// Answers: connections start at fixed times, so that both senders get the same load, however fast they are. A
// connection's time runs from its request to the last byte of the answer: the handshake's timers are not compared here.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <string_view>
#include <vector>

#include "receiver.h"

namespace millrace::compare {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

class Exchange {
 public:
  Exchange(const Target& target, std::size_t size) : fd_(start_connect(target)), size_(size) {}
  Exchange(Exchange&& other) noexcept = default;

  [[nodiscard]] pollfd wish() const {
    return {.fd = fd_, .events = static_cast<short>(asked_at_ == 0 ? POLLOUT : POLLIN), .revents = 0};
  }
  [[nodiscard]] bool done() const { return fd_ < 0; }
  /// In ms; less than 0 when the answer did not come, or was another one.
  [[nodiscard]] double time() const { return time_; }
  void go_on() { asked_at_ == 0 ? ask() : read_answer(); }
  void give_up() { end(-1); }

 private:
  void ask();
  void read_answer();
  void end(double time) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    time_ = time;
  }
  [[nodiscard]] bool body_is_right(std::size_t head) const {
    return answer_.compare(0, 12, "HTTP/1.1 200") == 0 && answer_.size() == head + size_ &&
           answer_.find_first_not_of('x', head) == std::string::npos;
  }

  int fd_;
  std::size_t size_;
  double asked_at_ = 0;  ///< 0: not yet
  double time_ = -1;
  std::string answer_;
};

void Exchange::ask() {
  asked_at_ = now();
  if (::send(fd_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size())) end(-1);
}

void Exchange::read_answer() {
  char buffer[1 << 16];
  ssize_t got = 0;
  while ((got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0) answer_.append(buffer, static_cast<std::size_t>(got));
  const double arrived = now();
  const std::size_t head = answer_.find("\r\n\r\n");
  const bool whole = head != std::string::npos && answer_.size() >= head + 4 + size_;
  if (whole) return end(body_is_right(head + 4) ? (arrived - asked_at_) * 1000 : -1);
  if (got == 0 || errno != EAGAIN) end(-1);
}

/// Waits for what the exchanges wait for, at most until `until`.
void turn(std::vector<Exchange>& exchanges, double until) {
  std::vector<pollfd> wishes;
  std::vector<Exchange*> alive;
  for (Exchange& exchange : exchanges)
    if (!exchange.done()) {
      wishes.push_back(exchange.wish());
      alive.push_back(&exchange);
    }
  const double rest = std::max(until - now(), 0.0);
  const timespec wait{.tv_sec = static_cast<time_t>(rest),
                      .tv_nsec = static_cast<long>((rest - std::floor(rest)) * 1e9)};
  ::ppoll(wishes.data(), wishes.size(), &wait, nullptr);
  for (std::size_t i = 0; i < alive.size(); ++i)
    if (wishes[i].revents != 0) alive[i]->go_on();
}

bool all_done(const std::vector<Exchange>& exchanges) {
  for (const Exchange& exchange : exchanges)
    if (!exchange.done()) return false;
  return true;
}

}  // namespace

std::string measure_answers(const Target& target, const AnswerPlan& plan) {
  std::vector<Exchange> exchanges;
  exchanges.reserve(plan.count);
  const double start = now();
  for (std::size_t i = 0; i < plan.count; ++i) {
    const double at = start + static_cast<double>(i) * plan.every;
    while (now() < at) turn(exchanges, at);
    exchanges.emplace_back(target, plan.size);
  }
  const double last = now() + plan.patience;
  while (!all_done(exchanges) && now() < last) turn(exchanges, last);

  std::vector<std::string> times;
  std::size_t failed = 0;
  for (Exchange& exchange : exchanges) {
    if (!exchange.done()) exchange.give_up();
    if (exchange.time() < 0)
      ++failed;
    else
      times.push_back(fmt::format("{:.3f}", exchange.time()));
  }
  return fmt::format(R"({{"failed":{},"times_ms":[{}]}})", failed, fmt::join(times, ","));
}

}  // namespace millrace::compare
