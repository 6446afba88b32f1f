// Asks an echo server one byte at a time, a thousand times a second whatever the answers do, and prints how long they
// took, as a histogram. The clock is that of the worker's turns.
#include <millrace/millrace.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <deque>

#include "settings.h"

using namespace millrace;

namespace {

constexpr Duration kBetween = milliseconds{1};

struct Probe {
  std::uint32_t wanted = 5000;
  std::vector<Duration> took;
  std::atomic<bool> done{false};
  std::string failure;

  void start(api::Shard shard, const api::Endpoint& server) {
    api::ConnectOptions options;
    options.no_delay = true;
    const auto connection = shard.connect(server, options);
    if (!connection) return fail(to_string(connection.error()));
    connection_ = connection.value();
  }

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind == api::EventKind::Connected) next_ = shard.now();
      if (event.kind == api::EventKind::Connected || event.kind == api::EventKind::Timer) ask(shard);
      if (event.kind == api::EventKind::Readable) take_answers(shard);
      if (event.kind == api::EventKind::PeerClosed) fail("the server has closed");
      if (event.kind == api::EventKind::Closed) fail(std::string{to_string(event.reason)});
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }

 private:
  /// A question counts from when it was due, so a slow answer does not hide those behind it.
  void ask(api::Shard shard) {
    if (asked_.size() + took.size() < wanted && connection_.send(std::as_bytes(std::span{"?", 1})) == 1)
      asked_.push_back(next_);
    next_ += kBetween;
    (void)shard.start_timer(next_, 0);
  }
  void take_answers(api::Shard shard) {
    for (std::size_t left = connection_.readable(); left > 0 && !asked_.empty(); --left) {
      took.push_back(shard.now() - asked_.front());
      asked_.pop_front();
    }
    connection_.consume(connection_.readable());
    if (took.size() < wanted) return;
    connection_.close();
    end();
  }
  void fail(std::string why) {
    if (!done) failure = std::move(why);
    end();
  }
  void end() {
    done = true;
    done.notify_one();
  }

  api::Connection connection_;
  std::deque<Time> asked_;
  Time next_{};
};

void print(std::vector<Duration> took) {
  std::ranges::sort(took);
  std::vector<std::size_t> below(64);  // of powers of two, in ns
  for (const Duration one : took) ++below[std::bit_width(static_cast<std::uint64_t>(one.count()))];
  const std::size_t most = *std::ranges::max_element(below);
  for (std::size_t i = 1; i < below.size(); ++i) {
    if (below[i] == 0) continue;
    const std::string bar(1 + below[i] * 49 / most, '#');
    std::printf("below %9.1f us %8zu %s\n", static_cast<double>(1ull << i) / 1000, below[i], bar.c_str());
  }
  for (const std::size_t part : {500u, 900u, 990u, 999u}) {
    const Duration value = took[(took.size() - 1) * part / 1000];
    std::printf("p%-5g %.1f us\n", static_cast<double>(part) / 10, static_cast<double>(value.count()) / 1000);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) argc = 0;
  const api::RuntimeSettings settings = examples::settings_from(argc, argv, "SERVER PORT [QUESTIONS]");
  const api::Endpoint server{api::to_address(argv[4]), static_cast<std::uint16_t>(std::atoi(argv[5]))};
  Probe probe;
  if (argc > 6) probe.wanted = static_cast<std::uint32_t>(std::atoi(argv[6]));
  {
    api::Runtime runtime{settings, [&](std::uint16_t) { return api::AppRef{probe}.hook(); }};
    std::printf("asking %s\n", server.to_string().c_str());
    std::fflush(stdout);
    (void)api::post(runtime, 0, [&](api::Shard shard) { probe.start(shard, server); });
    probe.done.wait(false);
  }
  if (!probe.failure.empty()) throw std::runtime_error("the connection ended: " + probe.failure);
  print(probe.took);
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "latency: %s\n", failure.what());
  return 1;
}
