// Two bare stacks in one process, without a NIC, privileges or threads: one sends a ball, the other returns it. Then an
// hour passes in which nothing is said but keepalive's probes. Same seed, same bytes: run it twice and compare.
#include <millrace/millrace.h>

#include <chrono>
#include <cstdio>
#include <vector>

using namespace millrace;

namespace {

struct Player {
  int returned = 0;
  int wanted = 0;  ///< the server's: as many as it takes

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      api::Connection connection = shard.connection(event.connection);
      if (event.kind != api::EventKind::Readable || ++returned == wanted) continue;
      connection.transfer_to(connection);
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }
};

api::BareStackSettings host(const char* address, std::uint64_t seed) {
  api::BareStackSettings settings;
  settings.addresses = {api::to_prefix(address)};
  settings.seed = seed;
  return settings;
}

/// A wire between two stacks, and the time that both are told.
struct Wire {
  api::BareStack& a;
  api::BareStack& b;
  Time now{};
  std::uint64_t frames = 0;
  std::uint64_t sum = 0;  ///< over all bytes, to compare two runs

  void carry(api::BareStack& from, api::BareStack& to) {
    frames += from.output([&](std::span<const std::byte> frame) {
      for (const std::byte byte : frame) sum = sum * 31 + static_cast<unsigned>(byte);
      (void)to.input(frame);
    });
  }
  /// Jumps from deadline to deadline until `end`, or until `done` holds.
  template <class Done>
  void run(Time end, Done done) {
    while (!done() && now < end) {
      bool busy = a.advance(now);
      busy |= b.advance(now);
      const std::uint64_t before = frames;
      carry(a, b);
      carry(b, a);
      if (!busy && frames == before) now = std::min(earlier(a.next_deadline(), b.next_deadline()).value_or(end), end);
    }
  }
};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) try {
  constexpr int kRounds = 100'000;
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  Player client{.wanted = kRounds}, server;
  api::BareStack a{host("10.0.0.1/24", seed), api::AppRef{client}};
  api::BareStack b{host("10.0.0.2/24", seed + 1), api::AppRef{server}};
  Wire wire{a, b};

  (void)b.shard().listen({{}, 7});
  api::ConnectOptions options;
  options.keepalive = {.on = true, .idle = seconds{60}};
  api::Connection ball = a.shard().connect({api::IpAddress::v4(0x0a000002), 7}, options).value();
  (void)ball.send(std::as_bytes(std::span{"o", 1}));

  auto start = std::chrono::steady_clock::now();
  wire.run(wire.now + hours{1}, [&] { return client.returned == kRounds; });
  const double play = milliseconds_since(start);
  std::printf("%d rounds: %.0f ns each, both stacks\n", client.returned, play * 1e6 / kRounds);

  start = std::chrono::steady_clock::now();
  const std::uint64_t before = wire.frames;
  wire.run(wire.now + hours{1}, [] { return false; });
  std::printf("an idle hour: %llu frames in %.1f ms\n", static_cast<unsigned long long>(wire.frames - before),
              milliseconds_since(start));
  std::printf("%s, checksum of all frames %016llx\n", ball.info().state.c_str(),
              static_cast<unsigned long long>(wire.sum));
  return client.returned == kRounds && ball.valid() ? 0 : 1;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "pingpong: %s\n", failure.what());
  return 1;
}
