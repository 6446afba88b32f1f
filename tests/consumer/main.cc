// A program of somebody else: it sees the installed tree only, and needs no privileges. Two bare stacks talk to each
// other. Prints one line, or what is wrong and fails.
#include <millrace/millrace.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace millrace;

namespace {

constexpr std::string_view kText = "over a wire in memory";

void expect(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Sends back what it gets.
struct Echo {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      if (event.kind == api::EventKind::Closed) continue;
      api::Connection connection = shard.connection(event.connection);
      connection.transfer_to(connection);
      if (connection.at_end()) connection.close();
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }
};

/// Sends a text, waits for as many bytes, closes.
struct Client {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      api::Connection connection = shard.connection(event.connection);
      if (event.kind == api::EventKind::Connected) connection.send(std::as_bytes(std::span{kText}));
      if (event.kind == api::EventKind::Closed) reason = event.reason;
      if (event.kind != api::EventKind::Readable) continue;
      const auto here = connection.peek();
      answer.append(reinterpret_cast<const char*>(here.data()), here.size());
      connection.consume(here.size());
      if (answer.size() == kText.size()) connection.shutdown();
    }
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }

  std::string answer;
  api::CloseReason reason = api::CloseReason::None;
};

api::BareStackSettings on(const char* address, std::uint64_t seed) {
  api::BareStackSettings settings;
  settings.addresses = {api::IpPrefix::parse(address).value()};
  settings.seed = seed;
  return settings;
}

/// Lets both work until the client's connection has ended, for ten seconds of their time at most.
void run(api::BareStack& server, api::BareStack& client, const Client& app) {
  for (Time now{}; app.reason == api::CloseReason::None && now < Time{seconds{10}}; now += milliseconds{1}) {
    server.advance(now);
    server.output([&](std::span<const std::byte> frame) { client.input(frame); });
    client.advance(now);
    client.output([&](std::span<const std::byte> frame) { server.input(frame); });
  }
}

void stacks_talk() {
  Echo echo;
  Client app;
  api::BareStack server{on("10.0.0.1/24", 1), api::AppRef{echo}};
  api::BareStack client{on("10.0.0.2/24", 2), api::AppRef{app}};
  const api::Endpoint port{api::IpAddress::parse("10.0.0.1").value(), 7};
  expect(bool{server.shard().listen(port)}, "the server does not listen");
  expect(bool{client.shard().connect(port)}, "the client does not connect");
  run(server, client, app);
  expect(app.answer == kText, "another text came back");
  expect(app.reason == api::CloseReason::Normal, "the connection did not end well");
}

void versions_agree() {
  expect(std::strcmp(api::version(), MILLRACE_VERSION_STRING) == 0, "library and headers have different versions");
  expect(MILLRACE_VERSION >= MILLRACE_VERSION_NUMBER(0, 1, 0), "the version does not compare");
}

/// An exception of the library arrives here as what it is. No port: refused before DPDK is started.
void settings_are_checked() {
  try {
    const api::Runtime runtime{api::RuntimeSettings{}, [](std::uint16_t) { return stack::AppHook{}; }};
  } catch (const std::runtime_error& refusal) {
    return expect(std::strlen(refusal.what()) > 0, "a refusal without words");
  }
  expect(false, "a runtime without a port");
}

}  // namespace

int main() try {
  versions_agree();
  stacks_talk();
  settings_are_checked();
  std::printf("millrace %s\n", api::version());
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "consumer: %s\n", failure.what());
  return 1;
}
