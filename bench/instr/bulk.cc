// Paths of bulk transfers. Buffers have fixed sizes, so the window is theirs and not what congestion control makes of a
// wire without loss; a turn sends a window.
#include <array>
#include <vector>

#include "api/app.h"
#include "count.h"
#include "echo_app.h"
#include "paths.h"
#include "proxy/proxy.h"
#include "scene.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t kBuffer = 131'072;  ///< real memory: about 50 full segments
constexpr std::size_t kFullFrame = 1514;
constexpr std::size_t kWarmUp = 4096, kSegments = 16'384;
constexpr std::uint16_t kSource = 19, kProxy = 80;

/// Full frames that the tested stack has sent.
class FullFrames {
 public:
  explicit FullFrames(Scene& scene) : scene_(scene) {
    scene.on_sent = [this](std::span<const std::byte> frame) { seen_ += frame.size() == kFullFrame ? 1 : 0; };
  }
  /// Steps until `n` more have been sent; how many it became.
  std::uint64_t await(std::uint64_t n) {
    const std::uint64_t before = seen_;
    while (seen_ < before + n)
      if (!scene_.step()) fail("the transfer stands still");
    return seen_ - before;
  }

 private:
  Scene& scene_;
  std::uint64_t seen_ = 0;
};

void count_segments(Scene& scene, const char* name) {
  FullFrames frames{scene};
  (void)frames.await(kWarmUp);
  begin_count();
  const std::uint64_t sent = frames.await(kSegments);
  end_count(name, sent);
}

api::ConnectOptions client_options() {
  api::ConnectOptions options;
  options.receive_buffer = kBuffer;
  return options;
}

api::ListenOptions source_options() {
  api::ListenOptions options;
  options.send_buffer = kBuffer;
  return options;
}

void consume(api::Connection connection) { connection.consume(connection.readable()); }

/// As much as there is room for.
void pour(api::Connection connection) {
  static constexpr std::array<std::byte, 65'536> kText{};
  while (connection.send(kText) == kText.size()) {
  }
}

}  // namespace

void count_bulk_segment() {
  echo::ListenerSettings listener;
  listener.local = tested_endpoint(kSource);
  listener.service = echo::ServiceKind::Chargen;
  listener.options = source_options();
  echo::EchoApp source{{&listener, 1}};
  PeerApp client;
  client.on_event = [](api::Connection connection, const api::Event&) { consume(connection); };
  Scene scene{tested_settings(), api::AppRef{source}, peer_settings(), api::AppRef{client}};
  if (source.listen(scene.tested.shard())) fail("the source does not listen");
  if (!scene.peer.shard().connect(tested_endpoint(kSource), client_options())) fail("the client cannot connect");
  count_segments(scene, "instr.bulk_segment");
}

void count_proxied_segment() {
  proxy::ProxySettings settings = proxy_settings(kProxy, kSource);
  settings.receive_buffer = settings.send_buffer = kBuffer;
  proxy::Proxy proxy{settings, 16};

  // The peer is the client and the server.
  PeerApp peer;
  peer.on_event = [](api::Connection connection, const api::Event& event) {
    if (event.kind == api::EventKind::Accepted || event.kind == api::EventKind::Writable) pour(connection);
    if (event.kind == api::EventKind::Readable) consume(connection);
  };
  Scene scene{tested_settings(), api::AppRef{proxy}, peer_settings(), api::AppRef{peer}};
  if (proxy.start(scene.tested.shard())) fail("the proxy does not listen");
  if (!scene.peer.shard().listen(peer_endpoint(kSource), source_options())) fail("the server does not listen");
  if (!scene.peer.shard().connect(tested_endpoint(kProxy), client_options())) fail("the client cannot connect");
  count_segments(scene, "instr.proxied_segment");
}

}  // namespace millrace::bench
