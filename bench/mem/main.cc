// bench-mem: memory of very many connections, held by a stack in this process, as JSON.
//
//   bench-mem KIND N      idle: established, nothing sent. answered: established, and each has echoed a byte.
//                         pair: through the proxy, each two connections. time-wait: closed by this side.
//
// Tables are made for exactly N. What the process has besides (packets, program) is known from a run with N = 0, which
// is to be taken off. The peers are a crowd without memory of its own but 4 bytes per client, which are not counted.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "api/shard.h"
#include "crowd.h"
#include "proxy/proxy.h"
#include "tested_stack.h"

namespace {

using namespace millrace;
using namespace millrace::bench;

constexpr std::uint16_t kPort = 80;
constexpr std::uint32_t kAtOnce = 256;  ///< handshakes under way, below the SYN cache's watermark

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "bench-mem: {}\n", what);
  std::exit(1);
}

/// Echoes, or closes what it accepts.
class Server {
 public:
  explicit Server(bool closes) : closes_(closes) {}
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      api::Connection connection = shard.connection(event.connection);
      if (event.kind == api::EventKind::Accepted && closes_) connection.close();
      const bool more = event.kind == api::EventKind::Readable || event.kind == api::EventKind::Writable;
      if (more) connection.transfer_to(connection);
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

 private:
  bool closes_;
};

struct Run {
  std::string_view kind;
  std::uint32_t wanted;
};

/// Resident memory of this process in bytes, huge pages included.
std::uint64_t resident_bytes() {
  malloc_trim(0);
  std::ifstream rollup{"/proc/self/smaps_rollup"};
  std::uint64_t kilobytes = 0;
  for (std::string word; rollup >> word;) {
    std::uint64_t value = 0;
    if ((word == "Rss:" || word == "Private_Hugetlb:" || word == "Shared_Hugetlb:") && rollup >> value)
      kilobytes += value;
  }
  return kilobytes * 1024;
}

/// What the stack and the crowd have for each other, until neither has anything.
void settle(TestedStack& stack, Crowd& crowd) {
  for (bool busy = true; busy;) {
    busy = false;
    for (auto frame = crowd.front(); !frame.empty(); frame = crowd.front(), busy = true) {
      if (!stack.input(frame)) break;
      crowd.pop();
    }
    stack.work();
    stack.output([&](std::span<const std::byte> frame) {
      crowd.hear(frame);
      busy = true;
    });
  }
}

tcp::TableLimits limits_of(const Run& run) {
  const std::uint32_t some = std::max(run.wanted, 1u);
  tcp::TableLimits limits{.connections = some, .time_waits = 1, .half_open = 1024};
  if (run.kind == "pair") limits.connections = 2 * some;
  if (run.kind == "time-wait") {
    limits.connections = 4 * kAtOnce;
    limits.time_waits = some;
  }
  return limits;
}

/// 64 servers, more than enough source ports for a million pairs.
proxy::ProxySettings proxy_settings() {
  proxy::UpstreamSettings upstream;
  upstream.name = "crowd";
  upstream.health_interval = Duration{0};
  for (std::uint32_t i = 0; i < proxy::kMaxServers; ++i)
    upstream.servers.push_back({wire::IpAddress::v4(0xc6336400 + i), 8080});  // 198.51.100.0/24
  proxy::ProxySettings settings;
  settings.listeners = {{.address = {wire::IpAddress::v4(TestedStack::kAddress), kPort}, .upstream = 0}};
  settings.upstreams = {upstream};
  return settings;
}

void open_all(TestedStack& stack, Crowd& crowd, std::uint32_t wanted) {
  for (std::uint32_t client = 0; client < wanted; ++client) {
    crowd.open(client);
    const bool first = client == 0;  // alone, since the router's MAC is asked for
    if (first || (client + 1) % kAtOnce == 0 || client + 1 == wanted) settle(stack, crowd);
  }
  if (crowd.opened() != wanted || crowd.resets() != 0)
    fail(fmt::format("{} of {} connections, {} resets", crowd.opened(), wanted, crowd.resets()));
}

void ask_all(TestedStack& stack, Crowd& crowd, std::uint32_t wanted) {
  for (std::uint32_t client = 0; client < wanted; ++client) {
    crowd.ask(client);
    if ((client + 1) % kAtOnce == 0 || client + 1 == wanted) settle(stack, crowd);
  }
  if (crowd.bytes() != wanted) fail(fmt::format("{} of {} connections answer", crowd.bytes(), wanted));
}

std::uint64_t held_by(TestedStack& stack, const Run& run) {
  if (run.kind == "time-wait") return stack.shard().table().time_waits.used();
  const std::uint64_t established = stack.shard().tcp_counters().established.get();
  return run.kind == "pair" ? established / 2 : established;
}

int measure(const Run& run) {
  Crowd crowd{run.wanted, wire::IpAddress::v4(TestedStack::kAddress), kPort};
  Server server{run.kind == "time-wait"};
  std::unique_ptr<proxy::Proxy> proxy;
  if (run.kind == "pair") proxy = std::make_unique<proxy::Proxy>(proxy_settings(), std::max(run.wanted, 1u));
  TestedStack stack{limits_of(run), proxy ? api::AppRef{*proxy} : api::AppRef{server}};
  api::Shard shard{stack.shard()};
  if (proxy ? proxy->start(shard).has_value() : !shard.listen({wire::IpAddress::v4(TestedStack::kAddress), kPort}))
    fail("cannot listen");

  open_all(stack, crowd, run.wanted);
  if (run.kind == "answered") ask_all(stack, crowd, run.wanted);
  const std::uint64_t held = held_by(stack, run);
  if (held != run.wanted) fail(fmt::format("{} held instead of {}", held, run.wanted));
  const std::uint64_t pairs = proxy ? held * sizeof(proxy::Pair) : 0;
  fmt::print("{{\"kind\":\"{}\",\"held\":{},\"resident_bytes\":{},\"accounted_bytes\":{}}}\n", run.kind, held,
             resident_bytes() - run.wanted * sizeof(std::uint32_t), stack.table_bytes() + pairs);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Run run{argc == 3 ? argv[1] : "", 0};
  const std::string_view number = argc == 3 ? argv[2] : "";
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), run.wanted);
  const bool known = run.kind == "idle" || run.kind == "answered" || run.kind == "pair" || run.kind == "time-wait";
  if (!known || error != std::errc{} || end != number.data() + number.size()) {
    fmt::print(stderr, "usage: bench-mem idle|answered|pair|time-wait N\n");
    return 2;
  }
  return measure(run);
}
