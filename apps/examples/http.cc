// An HTTP/1.1 responder: a fixed page for every GET and HEAD, keep-alive and pipelining. Try it with curl or wrk.
#include <millrace/millrace.h>

#include <algorithm>
#include <string_view>

#include "settings.h"

using namespace millrace;

namespace {

constexpr std::string_view kPage =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nHello from Millrace.\n";
constexpr std::string_view kHead = kPage.substr(0, kPage.size() - 21);
constexpr std::string_view kRefusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr std::size_t kMostHeader = 16 * 1024;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

bool has_header(std::string_view request, std::string_view name, std::string_view value) {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  const std::string line = "\r\n" + std::string{name} + ": " + std::string{value} + "\r\n";
  return !std::ranges::search(request, line, same).empty();
}

struct Http {
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) serve(shard.connection(event.connection));
  }
  void on_turn(api::Shard, Time) {}
  std::optional<Time> next_deadline() { return std::nullopt; }

  /// Answers every whole request that has arrived, while there is room for answers; a Writable event brings us back.
  void serve(api::Connection connection) {
    while (connection.readable() > 0 && connection.ask_room()) {
      const std::string_view request = next_request(connection);
      if (request.empty()) break;
      if (!answer(connection, request)) return connection.close();
    }
    if (connection.at_end()) connection.close();
  }

  /// The first whole request, consumed; empty when more has to arrive.
  std::string_view next_request(api::Connection connection) {
    const auto here = connection.peek();
    std::string_view text{reinterpret_cast<const char*>(here.data()), here.size()};
    std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos && here.size() < connection.readable()) {  // it crosses buffers
      scratch_.resize(std::min(connection.readable(), kMostHeader));
      text = {scratch_.data(), connection.peek(0, std::as_writable_bytes(std::span{scratch_}))};
      end = text.find("\r\n\r\n");
    }
    if (end == text.npos) {
      if (connection.readable() >= kMostHeader) connection.abort();
      return {};
    }
    scratch_ = std::string{text.substr(0, end + 4)};
    connection.consume(end + 4);
    return scratch_;
  }

  /// False when the connection is to end after this answer.
  bool answer(api::Connection connection, std::string_view request) {
    const bool get = request.starts_with("GET "), head = request.starts_with("HEAD ");
    connection.send(bytes(get ? kPage : head ? kHead : kRefusal));
    return (get || head) && !has_header(request, "Connection", "close");
  }

 private:
  std::string scratch_;
};

}  // namespace

int main(int argc, char** argv) try {
  const api::RuntimeSettings settings = examples::settings_from(argc, argv);
  examples::hold_signals();
  std::vector<Http> apps(settings.workers);
  api::Runtime runtime{settings, [&](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); }};
  for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker)
    (void)api::post(runtime, worker, [](api::Shard shard) { examples::listen(shard, 80); });
  examples::wait_for_end();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "http: %s\n", failure.what());
  return 1;
}
